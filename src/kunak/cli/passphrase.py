"""``kunak passphrase``: change one's own passphrase, or set one for use under duress."""

from pathlib import Path

import click

from kunak.vault import SqliteStore, wipe
from kunak.vault.keys import DuressGiven, Keystore, Typed
from kunak.vault.office import load_keystore
from kunak.web.opening import begin_again
from kunak.workbench import open_store

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--duress", "kind", flag_value="duress", help="Set a passphrase that destroys everything.")
@click.option("--forget-duress", "kind", flag_value="forget", help="Make such a passphrase harmless again.")
@click.option(
    "--passphrase", prompt="Your passphrase now", hide_input=True, help="Your own. Asked for if not given."
)
@click.password_option(
    "--new-passphrase",
    prompt="The other passphrase",
    help="The one to set, or to forget. Asked for if not given.",
)
@click.option("--keyfile", type=FILE, help="Your keyfile now, if you use one.")
@click.option("--new-keyfile", type=FILE, help="Your keyfile from now on, if you want one.")
def passphrase(
    folder: Path,
    kind: str | None,
    passphrase: str,
    new_passphrase: str,
    keyfile: Path | None,
    new_keyfile: Path | None,
) -> None:
    """Change your passphrase in the office in FOLDER, or set one that destroys everything when typed."""
    store = open_store(folder)
    own, new = _typed(passphrase, keyfile), _typed(new_passphrase, new_keyfile)
    try:
        wipe.replace_keys(store, _changed(load_keystore(store), kind, own, new))
    except DuressGiven as given:
        _destroy(folder, store, given)
    finally:
        store.close()
    click.echo("Done.")


def _changed(keystore: Keystore, kind: str | None, own: Typed, new: Typed) -> Keystore:
    if kind == "duress":
        return keystore.with_duress(own, new)
    if kind == "forget":
        keystore.open(own)
        return keystore.without_duress(new)
    return keystore.with_passphrase_changed(own, new)


def _destroy(folder: Path, store: SqliteStore, given: DuressGiven) -> None:
    """A duress passphrase in place of one's own: an empty office stands here now, as after unlocking."""
    begin_again(folder, store, given).close()


def _typed(passphrase: str, keyfile: Path | None) -> Typed:
    return Typed(passphrase, None if keyfile is None else keyfile.read_bytes())
