"""The whole way from vectors of two or more languages to translators."""
