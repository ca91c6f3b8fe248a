"""The pages as people meet them: in Debian's Chromium, driven by Playwright."""
