using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.Tests.Identities;

public sealed class UploadSlotTests
{
    private static readonly Guid JobId = new("6f1cf1a1-7b2c-4f0e-9c65-0d9f3f2f9a01");

    [Theory]
    [InlineData("")]
    [InlineData("tab\tinside")]
    [InlineData("space inside")]
    [InlineData("caf\u00e9")]
    public void ClientId_WithOtherCharacters_IsRefused(string name)
    {
        Action create = () => _ = new ClientId(name);

        create.Should().Throw<ArgumentException>();
        ClientId.IsValid(name).Should().BeFalse();
    }

    [Fact]
    public void ClientId_OfTheLongestLength_IsAcceptedAndOneMoreIsNot()
    {
        new ClientId(new string('a', ClientId.MaxLength)).Value.Should().HaveLength(64);
        ClientId.IsValid(new string('a', ClientId.MaxLength + 1)).Should().BeFalse();
        ClientId.IsValid(null).Should().BeFalse();
    }

    [Fact]
    public void Slot_OutOfRange_IsRefused()
    {
        var client = new ClientId("a");
        Action[] creations =
        [
            () => _ = new UploadSlot(Guid.Empty, 1, 1, client),
            () => _ = new UploadSlot(JobId, 0, 1, client),
            () => _ = new UploadSlot(JobId, 1, 0, client),
            () => _ = new UploadSlot(JobId, 1, 1, default),
        ];

        creations.Should().AllSatisfy(create => create.Should().Throw<ArgumentException>());
    }

    [Fact]
    public void Slot_Bytes_AreJobClientRoundAndAttempt()
    {
        var slot = new UploadSlot(JobId, 3, 2, new ClientId("c"));
        byte[] bytes = Write(slot);

        bytes.Should().Equal([.. JobId.ToByteArray(bigEndian: true), 1, 0, (byte)'c', 3, 0, 0, 0, 2, 0, 0, 0]);
        var reader = new WireReader(bytes);
        reader.ReadSlot().Should().Be(slot);
        reader.Remaining.Should().Be(0);
    }

    [Theory]
    [InlineData(0, 16, FormatError.FieldOutOfRange)]
    [InlineData(16, 2, FormatError.FieldOutOfRange)]
    [InlineData(18, 1, FormatError.FieldOutOfRange)]
    [InlineData(19, 4, FormatError.FieldOutOfRange)]
    [InlineData(23, 4, FormatError.FieldOutOfRange)]
    public void Slot_WithAFieldOfZeros_IsRefused(int offset, int length, FormatError error)
    {
        byte[] bytes = Write(new UploadSlot(JobId, 3, 2, new ClientId("c")));
        bytes.AsSpan(offset, length).Clear();
        var reader = new WireReader(bytes);

        reader.ReadSlot().Should().BeNull();
        reader.Error.Should().Be(error);
    }

    private static byte[] Write(UploadSlot slot)
    {
        var bytes = new ArrayBufferWriter<byte>();
        new WireWriter(bytes).WriteSlot(slot);
        return bytes.WrittenSpan.ToArray();
    }
}
