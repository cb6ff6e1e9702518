"""Static files with hashed names, also inside ES modules, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    # Rewrites the relative imports of ES modules to their hashed names: no import map, no inline script.
    support_js_module_import_aggregation = True
