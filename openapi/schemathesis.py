"""What Schemathesis cannot know by itself: bundles are bytes."""

import schemathesis

schemathesis.serializer.alias("application/x-git-bundle", "application/octet-stream")
