using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Selection;

/// <summary>Every encoding of a mask but the canonical one is refused, with the lengths around it right.</summary>
public sealed class MaskFormatTests
{
    private const byte Runs = 1;
    private const byte Bitmap = 2;
    private const int FormStart = 48 + 32 + 8;

    private static readonly ModelLayout Line = TestModels.Line(203);

    [Theory]
    [InlineData(new byte[] { 5, 5 }, 5, FormatError.None)]
    [InlineData(new byte[] { 0, 5 }, 5, FormatError.None)]
    [InlineData(new byte[] { 5, 3, 1, 2 }, 5, FormatError.None)]
    [InlineData(new byte[] { 0xC8, 1, 3 }, 3, FormatError.None)]
    [InlineData(new byte[] { 5, 3, 0, 2 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0, 3, 0, 2 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 3, 4, 0 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0, 0 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0xC8, 1, 4 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 3, 1 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0x85, 0, 5 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0x85, 0 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0xFF, 0xFF, 0xFF, 0xFF, 7 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0xFF, 0xFF, 0xFF, 0xFF, 15 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0x85, 0x80, 0x80, 0x80, 0x10, 1 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 1, 1 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 5 }, 0, FormatError.FieldOutOfRange)]
    [InlineData(new byte[] { 5, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1 }, 0, FormatError.FieldOutOfRange)]
    public void Runs_OfAnyLengths_AreReadOnlyInTheirCanonicalEncoding(byte[] body, int encrypted, FormatError expected)
    {
        EncryptionMask.TryRead(Bytes(Runs, body), Line, out EncryptionMask? mask, out FormatError reason).Should().Be(expected == FormatError.None);

        reason.Should().Be(expected);
        (mask?.EncryptedCount ?? 0).Should().Be(encrypted);
    }

    [Fact]
    public void Bitmap_WithBitsBehindTheLastPosition_IsRefused()
    {
        // 203 positions take 25 bytes and 3 bits. Alternating positions are longest as runs.
        byte[] alternating = [.. Enumerable.Repeat((byte)0x55, 25), 0x05];

        ReasonOf(Bitmap, alternating).Should().Be(FormatError.None);
        for (int bit = 3; bit < 8; bit++)
        {
            ReasonOf(Bitmap, [.. alternating[..^1], (byte)(0x05 | (1 << bit))]).Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void Body_InTheLongerOfTheTwoForms_IsRefused()
    {
        byte[] alternatingAsRuns = [0, 1, .. Enumerable.Repeat((byte)1, 202)];
        byte[] oneRunAsBitmap = [0xFF, .. new byte[25]];

        ReasonOf(Runs, alternatingAsRuns).Should().Be(FormatError.Inconsistent);
        ReasonOf(Bitmap, oneRunAsBitmap).Should().Be(FormatError.Inconsistent);

        // 13 runs of two bytes are as long as the bitmap, and 14 are longer.
        ReasonOf(Runs, [.. Enumerable.Repeat((byte)1, 26)]).Should().Be(FormatError.None);
        ReasonOf(Runs, [.. Enumerable.Repeat((byte)1, 28)]).Should().Be(FormatError.Inconsistent);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(27)]
    public void Bitmap_OfAnotherLength_IsRefused(int length)
        => ReasonOf(Bitmap, [.. Enumerable.Repeat((byte)0x55, length)]).Should().Be(FormatError.Inconsistent);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Form_ThatDoesNotExist_IsRefused(byte form) => ReasonOf(form, [5, 5]).Should().Be(FormatError.FieldOutOfRange);

    private static FormatError ReasonOf(byte form, byte[] body)
    {
        EncryptionMask.TryRead(Bytes(form, body), Line, out _, out FormatError reason);
        return reason;
    }

    private static byte[] Bytes(byte form, byte[] body)
    {
        byte[] mask = TestFederation.Bytes(EncryptionMask.All(Line).WriteTo);
        byte[] bytes = [.. mask[..FormStart], form, .. body];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), bytes.Length - 48);
        return bytes;
    }
}
