"""What goes in and out, as marshmallow schemas; class names are component names of OpenAPI."""
