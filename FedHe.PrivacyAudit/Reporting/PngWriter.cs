using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Metrics;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>A PNG writer encodes pictures with 8 bits a channel, gray or RGB, without a filter.</summary>
/// <remarks>Source: PNG specification (ISO/IEC 15948).</remarks>
public static class PngWriter
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Encodes a picture as the bytes of a PNG file.</summary>
    /// <param name="image">One channel (gray) or three (red, green, blue); values are clamped to [0, 1], NaN is
    /// black.</param>
    /// <exception cref="ArgumentException">The picture has another number of channels, no pixels, or too few
    /// values.</exception>
    public static byte[] Encode(ImagePlanes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels is not (1 or 3) || image.Height < 1 || image.Width < 1)
        {
            throw Throw.NotAPicture(nameof(image));
        }

        Throw.IfLengthDiffers(image.Pixels.Length, image.Channels * image.Height * image.Width, nameof(image));
        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR", Header(image));
        WriteChunk(file, "IDAT", Compress(Rows(image)));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Header(ImagePlanes image)
    {
        const byte Grey = 0;
        const byte Rgb = 2;
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8;
        header[9] = image.Channels == 1 ? Grey : Rgb;
        return header;
    }

    /// <summary>Lays out every row as a byte that names no filter, then the pixels of the row.</summary>
    private static byte[] Rows(ImagePlanes image)
    {
        int stride = 1 + (image.Width * image.Channels);
        byte[] rows = new byte[image.Height * stride];
        ReadOnlySpan<float> pixels = image.Pixels.Span;
        for (int channel = 0; channel < image.Channels; channel++)
        {
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width; x++)
                {
                    float value = pixels[(((channel * image.Height) + y) * image.Width) + x];
                    rows[(y * stride) + 1 + (x * image.Channels) + channel] =
                        float.IsNaN(value) ? (byte)0 : (byte)MathF.Round(Math.Clamp(value, 0, 1) * byte.MaxValue);
                }
            }
        }

        return rows;
    }

    private static byte[] Compress(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(data);
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. content];
        file.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(typed));
        file.Write(number);
    }
}
