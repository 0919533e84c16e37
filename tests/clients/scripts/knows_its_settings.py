"""Settings are read bare and changed under `settings`, as the SDK's models have them."""

from onlyfans_sdk import account, models
from scenario import SANDBOX, client

NAMED = SANDBOX["connection_id"]

with client() as c:
    own = account.get_org_settings(c)
    models.V2AccountSettingsGetResponse.model_validate(own)
    changed = account.update_org_settings(c, {})
    models.V2AccountSettingsPatchResponse.model_validate(changed)
    assert changed["settings"] == own, changed

    held = account.get_connection_settings(c, NAMED)
    models.V2AccountConnectionsConnectionIdSettingsGetResponse.model_validate(held)
    changed = account.update_connection_settings(c, NAMED, {"vaultPlus": {}})
    models.V2AccountConnectionsConnectionIdSettingsPatchResponse.model_validate(changed)
    assert changed["settings"] == held, changed
