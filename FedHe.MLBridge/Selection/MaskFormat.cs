using System.Buffers;
using System.Numerics;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>
/// Canonical bytes of a mask: sorted runs or a bitmap, whichever is smaller (runs at a tie). A parser refuses any other
/// writing of the same mask, so that equal masks have equal digests.
/// </summary>
internal static class MaskFormat
{
    private const byte Runs = 1;
    private const byte Bitmap = 2;
    private const int RunSize = 2 * sizeof(int);

    public static void Write(Digest layoutDigest, int length, MaskRange[] ranges, IBufferWriter<byte> destination)
    {
        bool asBitmap = PrefersBitmap(ranges.Length, length);
        int bodyLength = asBitmap ? BitmapSize(length) : sizeof(int) + (ranges.Length * RunSize);
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.EncryptionMask, ParametersId.None, Digest.SizeInBytes + sizeof(int) + 1 + bodyLength);
        writer.WriteDigest(layoutDigest);
        writer.WriteInt32(length);
        writer.WriteByte(asBitmap ? Bitmap : Runs);
        if (asBitmap)
        {
            writer.WriteWith(bodyLength, ranges, static (span, runs) => FillBitmap(span, runs));
            return;
        }

        writer.WriteInt32(ranges.Length);
        foreach (MaskRange range in ranges)
        {
            writer.WriteInt32(range.Start);
            writer.WriteInt32(range.Length);
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> source, ModelLayout layout, out MaskRange[] ranges, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptionMask, ParametersId.None, WireLimits.Default.MaxBytes);
        reader.Require(reader.ReadDigest() == layout.Digest, FormatError.WrongTerms);
        int length = reader.ReadInt32(1, int.MaxValue);
        reader.Require(length == layout.ParameterCount, FormatError.Inconsistent);
        byte form = reader.ReadByte();
        reader.Require(form is Runs or Bitmap, FormatError.FieldOutOfRange);
        ranges = form == Bitmap ? ReadBitmap(ref reader, length) : ReadRuns(ref reader, length);
        reader.ExpectEnd();
        reader.Require(PrefersBitmap(ranges.Length, length) == (form == Bitmap), FormatError.Inconsistent);
        reason = reader.Error;
        return !reader.Failed;
    }

    private static bool PrefersBitmap(int rangeCount, int length)
        => BitmapSize(length) < sizeof(int) + ((long)rangeCount * RunSize);

    private static int BitmapSize(int length) => (int)(((long)length + 7) / 8);

    private static void FillBitmap(Span<byte> bitmap, MaskRange[] ranges)
    {
        foreach (MaskRange range in ranges)
        {
            for (int i = range.Start; i < range.End; i++)
            {
                bitmap[i >> 3] |= (byte)(1 << (i & 7));
            }
        }
    }

    private static MaskRange[] ReadBitmap(ref WireReader reader, int length)
    {
        ReadOnlySpan<byte> bitmap = reader.ReadBytes(BitmapSize(length));
        if (reader.Failed)
        {
            return [];
        }

        // Counted first: a hostile bitmap of alternating bits must not cost more than its runs do.
        var ranges = new MaskRange[CountRuns(bitmap)];
        int found = 0;
        int start = -1;
        for (int i = 0; i < bitmap.Length * 8L; i++)
        {
            bool set = (bitmap[i >> 3] & (1 << (i & 7))) != 0;
            reader.Require(!set || i < length, FormatError.FieldOutOfRange);
            if (set && start < 0)
            {
                start = i;
            }
            else if (!set && start >= 0)
            {
                ranges[found++] = new MaskRange(start, i - start);
                start = -1;
            }
        }

        if (start >= 0)
        {
            ranges[found] = new MaskRange(start, length - start);
        }

        return ranges;
    }

    /// <summary>A run starts at every set bit whose lower neighbour is not set.</summary>
    private static int CountRuns(ReadOnlySpan<byte> bitmap)
    {
        int runs = 0;
        int previous = 0;
        foreach (byte bits in bitmap)
        {
            runs += BitOperations.PopCount((uint)(bits & ~((bits << 1) | previous)));
            previous = bits >> 7;
        }

        return runs;
    }

    private static MaskRange[] ReadRuns(ref WireReader reader, int length)
    {
        int count = reader.ReadInt32(0, int.MaxValue);
        reader.Require(count <= reader.Remaining / RunSize, FormatError.Truncated);
        if (reader.Failed)
        {
            return [];
        }

        var ranges = new MaskRange[count];
        int firstAllowed = 0;
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int start = reader.ReadInt32(firstAllowed, length - 1);
            ranges[i] = new MaskRange(start, reader.ReadInt32(1, length - start));

            // One position must stay between two runs, or they would be one.
            firstAllowed = ranges[i].End + 1;
        }

        return ranges;
    }
}
