"""Import a bundle into the Superset of this environment, over what there is of it.

    python import_bundle.py BUNDLE [USER]

What `superset import-dashboards` leaves as it was where it exists (datasets, charts) is put back to
what the bundle says as well. The same is done from afar by a POST to /api/v1/assets/import/.
"""

import sys
import zipfile

from flask import g
from superset.app import create_app


def main(bundle: str, user: str = "admin") -> None:
    """Import as a user, who then owns what is new."""
    with create_app().app_context():
        # these need the app
        from superset import security_manager
        from superset.commands.exceptions import CommandInvalidError
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.commands.importers.v1.utils import get_contents_from_bundle

        g.user = security_manager.find_user(username=user)
        with zipfile.ZipFile(bundle) as archive:
            contents = get_contents_from_bundle(archive)
        try:
            ImportAssetsCommand(contents).run()
        except CommandInvalidError as error:
            sys.exit(f"{bundle} cannot be imported: {error.normalized_messages()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
