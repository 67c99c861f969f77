using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// The mask format is the canonical encoding of a mask: run lengths or a bitmap, whichever is shorter, and run lengths
/// at a tie. A parser refuses any other encoding of the same mask, so that equal masks have equal digests.
/// </summary>
/// <remarks>
/// Runs alternate: positions in clear, then encrypted ones, up to the last encrypted one. Each length is a
/// variable-length integer with seven bits in a byte, lowest first; a byte's highest bit is set when another byte
/// follows.
/// </remarks>
internal static class MaskFormat
{
    private const byte Runs = 1;
    private const byte Bitmap = 2;

    public static void Write(Digest layoutDigest, PositionSet encrypted, IBufferWriter<byte> destination)
    {
        const int FieldsLength = Digest.SizeInBytes + sizeof(long) + 1;
        long runsSize = RunsSize(encrypted);
        bool asBitmap = PrefersBitmap(runsSize, encrypted.Length);
        long size = asBitmap ? BitmapSize(encrypted.Length) : runsSize;
        int bodySize = WireHeader.SizeInBytes + FieldsLength + size <= WireLimits.Default.MaxBytes ? (int)size : throw Throw.MaskTooLong();
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.EncryptionMask, Digest.None, FieldsLength + bodySize);
        writer.WriteDigest(layoutDigest);
        writer.WriteInt64(encrypted.Length);
        writer.WriteByte(asBitmap ? Bitmap : Runs);
        writer.WriteWith(
            bodySize,
            (encrypted, asBitmap),
            static (span, state) =>
            {
                if (state.asBitmap)
                {
                    state.encrypted.CopyTo(span);
                }
                else
                {
                    FillRuns(span, state.encrypted);
                }
            });
    }

    public static bool TryRead(
        ReadOnlySpan<byte> source, ModelLayout layout, [NotNullWhen(true)] out PositionSet? encrypted, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptionMask, Digest.None, WireLimits.Default.MaxBytes);
        reader.Require(reader.ReadDigest() == layout.Digest, FormatError.WrongTerms);
        long length = reader.ReadInt64(1, long.MaxValue);
        reader.Require(length == layout.ParameterCount, FormatError.Inconsistent);
        byte form = reader.ReadByte();
        reader.Require(form is Runs or Bitmap, FormatError.FieldOutOfRange);
        reader.Require(form != Bitmap || reader.Remaining == BitmapSize(length), FormatError.Inconsistent);
        ReadOnlySpan<byte> body = reader.ReadBytes(reader.Remaining);

        // The length of the bytes limits the allocation: a set takes memory by its runs, and never more than a bitmap, which is no longer than these bytes.
        encrypted = reader.Failed ? null : new PositionSet(length);
        if (encrypted is not null)
        {
            reader.Require(form == Bitmap ? encrypted.TryCopyFrom(body) : TryReadRuns(body, encrypted), FormatError.FieldOutOfRange);
            reader.Require(PrefersBitmap(RunsSize(encrypted), length) == (form == Bitmap), FormatError.Inconsistent);
        }

        reason = reader.Error;
        return !reader.Failed && encrypted is not null;
    }

    private static bool PrefersBitmap(long runsSize, long length) => BitmapSize(length) < runsSize;

    private static long BitmapSize(long length) => (length + 7) / 8;

    private static long RunsSize(PositionSet encrypted)
    {
        long size = 0;
        long end = 0;
        foreach (MaskRange run in encrypted.Runs())
        {
            size += VariableSize(run.Start - end) + VariableSize(run.Length);
            end = run.End;
        }

        return size;
    }

    private static void FillRuns(Span<byte> destination, PositionSet encrypted)
    {
        long end = 0;
        foreach (MaskRange run in encrypted.Runs())
        {
            WriteVariable(run.Start - end, ref destination);
            WriteVariable(run.Length, ref destination);
            end = run.End;
        }
    }

    /// <summary>
    /// Parses run lengths, and returns whether they stay within the length, are in order and have the canonical
    /// encoding.
    /// </summary>
    private static bool TryReadRuns(ReadOnlySpan<byte> source, PositionSet encrypted)
    {
        long end = 0;
        while (!source.IsEmpty)
        {
            // Two runs with nothing between them would be one run; only the first run may begin at position 0.
            int leastGap = end == 0 ? 0 : 1;
            if (!TryReadVariable(ref source, out long gap)
                || !TryReadVariable(ref source, out long count)
                || gap < leastGap
                || count < 1
                || gap > encrypted.Length - end
                || count > encrypted.Length - end - gap)
            {
                return false;
            }

            encrypted.Add(new MaskRange(end + gap, count));
            end += gap + count;
        }

        return true;
    }

    private static int VariableSize(long value)
    {
        int size = 1;
        for (; value >= 0x80; value >>= 7)
        {
            size++;
        }

        return size;
    }

    private static void WriteVariable(long value, ref Span<byte> destination)
    {
        int written = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[written++] = (byte)(value | 0x80);
        }

        destination[written++] = (byte)value;
        destination = destination[written..];
    }

    /// <summary>Reads a variable-length integer of at most 63 bits in its shortest encoding.</summary>
    private static bool TryReadVariable(ref ReadOnlySpan<byte> source, out long value)
    {
        const int MaxBytes = 9;
        long bits = 0;
        value = 0;
        for (int i = 0; i < Math.Min(MaxBytes, source.Length); i++)
        {
            bits |= (long)(source[i] & 0x7F) << (7 * i);
            if (source[i] < 0x80)
            {
                bool isShortest = i == 0 || source[i] > 0;
                value = bits;
                source = source[(i + 1)..];
                return isShortest;
            }
        }

        return false;
    }
}
