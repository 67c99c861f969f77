namespace FedHe.Learning.Data.Reading;

/// <summary>The unreadable formats are known by their first bytes, so that a message can say what to do with them.</summary>
internal static class UnreadableFormats
{
    private static readonly (byte[] Start, string Advice)[] Formats =
    [
        ("PK\u0003\u0004"u8.ToArray(), "this is a ZIP archive or an Excel workbook. Unpack it, or export the sheet as CSV."),
        ([0xd0, 0xcf, 0x11, 0xe0], "this is an old Excel workbook. Export the sheet as CSV."),
        ("PAR1"u8.ToArray(), "this is a Parquet file. Export it as CSV."),
        ("ARROW1"u8.ToArray(), "this is an Arrow file. Export it as CSV."),
        ([0x93, .. "NUMPY"u8], "this is a NumPy array. Export it as CSV."),
        ([0x89, .. "HDF\r\n"u8], "this is an HDF5 file. Export it as CSV."),
        ([0x80, 2], "this is a Python pickle. Download the binary version of the data."),
        ([0x80, 3], "this is a Python pickle. Download the binary version of the data."),
        ([0x80, 4], "this is a Python pickle. Download the binary version of the data."),
        ([0xfd, .. "7zXZ"u8], "this is compressed with xz. Unpack it, or compress it with gzip."),
        ("BZh"u8.ToArray(), "this is compressed with bzip2. Unpack it, or compress it with gzip."),
        ([0x28, 0xb5, 0x2f, 0xfd], "this is compressed with zstd. Unpack it, or compress it with gzip."),
        ("%PDF-"u8.ToArray(), "this is a PDF document, and no table."),
        ([0x89, .. "PNG"u8], "this is a picture. Data sets of pictures are read as MNIST IDX or CIFAR binary files."),
    ];

    /// <summary>Returns what to do with a file that begins with some bytes, or null where they tell nothing.</summary>
    public static string? AdviceOn(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] magic, string advice) in Formats)
        {
            if (start.StartsWith(magic))
            {
                return advice;
            }
        }

        return null;
    }
}
