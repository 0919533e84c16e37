"""Pools of names for made-up fans: 183 first names and 237 last names, from all over."""

FIRST = tuple(
    """
    Aaliyah Aaron Abigail Adam Adrian Aisha Alan Alejandro Alex Alice Alina Amara Amelia Amir Ana Andre Andrea
    Anika Anna Anton Ari Arjun Asha Astrid Ava Ayumi Bao Beatriz Bella Ben Bianca Bilal Boris Brenda Brian Bruno
    Camila Carlos Carmen Caroline Chen Chiara Chloe Clara Colin Daniel Daria David Dennis Diana Diego Dmitri Eduardo
    Elena Elias Ella Emeka Emil Emily Emma Eric Esra Eva Farid Fatima Felix Fiona Francesca Gabriel George Gina
    Giulia Grace Greta Hana Hannah Haruto Heidi Helen Hiro Hugo Ian Ibrahim Ines Ingrid Irene Isabel Ivan Jack Jamal
    James Jan Jasmine Javier Jia Joanna Joel Johan Jonas Jorge Julia Kai Karin Katya Kavya Keisha Kenji Kevin Kim
    Kofi Lara Lars Laura Layla Lena Leo Lin Linda Lucas Lucia Luis Magnus Mai Malik Marco Maria Marta Mateo Maya Mei
    Mia Miguel Mila Mina Mohamed Nadia Naomi Nia Nico Nina Noah Nora Oksana Olga Oliver Omar Oscar Paolo Paula Pavel
    Peter Priya Quinn Rafael Rahul Rana Rosa Ruth Ryan Sadia Salma Sam Sara Sasha Sean Sofia Sven Tara Tariq Theo
    Thomas Tina Tom Uma Valentina Vera Victor Wei Yara Yuki Yusuf Zara Zoe
    """.split()
)
LAST = tuple(
    """
    Abbas Abe Adeyemi Ahmed Aguilar Akhtar Ali Allen Almeida Alvarez Andersen Andersson Araujo Bailey Baker Banerjee
    Barbosa Bauer Becker Bell Bennett Berg Bianchi Blanc Boateng Bonnet Brooks Brown Bruno Campbell Cardoso Carter
    Castro Chan Chang Chavez Chen Clark Cohen Collins Conti Cooper Costa Cruz Dahl Das Davies Davis Delgado Desai
    Diallo Dias Diaz Dubois Edwards Eriksson Esposito Evans Farah Fernandez Ferrari Fischer Flores Foster Fournier
    Gallo Garcia Gomez Gonzalez Gray Greco Green Gupta Gutierrez Haddad Hall Hansen Harris Hassan Hayashi Hernandez
    Herrera Hill Hoffmann Horvat Huang Hughes Hussain Ibrahim Inoue Islam Ito Ivanov Jackson Jansen Jensen Jimenez
    Johansson Johnson Jones Jung Kamau Kang Kapoor Karlsson Kato Kaur Kelly Khan Kim King Klein Kobayashi Koch Kovacs
    Kowalski Kumar Lam Larsen Laurent Lee Lehmann Leroy Lewis Li Lim Lin Lindberg Lopez Ma Mancini Marino Martin
    Martinez Mbeki Mehta Mendes Mensah Meyer Miller Mitchell Moore Morales Moreau Moreno Morgan Mori Moyo Mukherjee
    Muller Murphy Murray Nair Nakamura Navarro Nelson Nguyen Nielsen Novak Nunes Nwosu Okafor Olsen Ortiz Osei Owens
    Park Parker Patel Pereira Perez Persson Petrov Pham Phillips Popescu Popov Price Qureshi Ramirez Ramos Rao Reed
    Reyes Ricci Richter Rivera Roberts Robinson Rodriguez Rojas Romano Rossi Ruiz Saito Sanchez Santos Sato Schmidt
    Schneider Scott Shah Sharma Silva Singh Smith Sokolov Soto Suzuki Svensson Takahashi Tan Tanaka Taylor Torres Tran
    Turner Vargas Wagner Walker Wang Watson Weber White Williams Wilson Wong Wood Wright Wu Yamada Yang Yilmaz Young
    Zhang Zhou Zimmermann
    """.split()
)
