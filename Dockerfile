# The image of compose.yaml; docs/scaling.md says how to use it.
FROM python:3.11-slim
WORKDIR /opt/fancast
# Dependencies first: they change rarely, and are not fetched again for every change of Fancast.
COPY requirements/runtime.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY fancast fancast
RUN pip install --no-cache-dir --no-deps .
# A new volume takes its owner from the folder that it is mounted on.
RUN useradd --system fancast && install --directory --owner=fancast /media
USER fancast
CMD ["fancast", "serve"]
