"""The stories of the drills that come along, a file each; `simulators.story` says how they read."""
