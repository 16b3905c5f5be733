"""The Pulumi components: one box of the architecture picture per file. Imports Pulumi and `shared` only."""
