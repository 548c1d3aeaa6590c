"""An index that a Milvus server keeps: made, opened, searched and changed as one in a folder."""
