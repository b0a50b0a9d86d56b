"""A list's three data keys: made for one run, sealed to those who may open them, forgotten with it."""

from campaigns.lists.models import ContactList, ListKey
from tenants.vault.envelope import DataKey, seal_data_key
from tenants.vault.keyring import Keyring

# Purpose of the key and the process it is sealed to.
RECIPIENTS = {"number": "gateway", "fields": "agent", "answers": "agent"}


def make_list_keys(contact_list: ContactList, keyring: Keyring) -> dict[str, DataKey]:
    """Make fresh keys by purpose and store them sealed; the caller holds the only open copies."""
    keys = {purpose: DataKey.generate() for purpose in RECIPIENTS}
    for purpose, recipient in RECIPIENTS.items():
        version, public = keyring.public_key(recipient)
        ListKey.objects.create(
            firm_id=contact_list.firm_id,
            list_id=contact_list.id,
            purpose=purpose,
            recipient=recipient,
            recipient_version=version,
            sealed=seal_data_key(
                keys[purpose],
                public,
                firm_id=contact_list.firm_id,
                list_id=contact_list.id,
                purpose=purpose,
                key_version=contact_list.key_version,
            ),
        )
    return keys
