using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>A share takes two bytes a coefficient, and other bytes are no share.</summary>
public sealed class KeyShareTests
{
    private static readonly SharingParameters Parameters = new(members: 4, threshold: 3, length: 5);

    private static readonly byte[] Bytes = [0, 0, 1, 0, 0xF0, 0xFF, 0x34, 0x12, 0xFF, 0xFF - 1];

    [Fact]
    public void Bytes_AreLittleEndianElements()
    {
        KeyShare.TryRead(Parameters, member: 3, contributors: 7, Bytes, out KeyShare? share).Should().BeTrue();
        using (share)
        {
            share!.Elements.ToArray().Should().Equal(0, 1, 65520, 0x1234, 0xFEFF);
            (share.Member, share.Contributors, share.Parameters).Should().Be((3, 7, Parameters));
            RoundKeys.BytesOf(share).Should().Equal(Bytes);
            share.Invoking(own => own.CopyTo(new byte[9])).Should().Throw<ArgumentException>();
            share.Invoking(own => own.CopyTo(new byte[11])).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Shares_OfAKey_ReadBackAsTheyWere()
    {
        var sharing = new RoundKeySharing(new SharingParameters(4, 3, RoundKeys.Length));
        using RoundKey key = RoundKeys.Of(seed: 1);
        foreach (KeyShare share in sharing.Share(key))
        {
            byte[] bytes = RoundKeys.BytesOf(share);
            KeyShare.TryRead(sharing.Parameters, share.Member, 1, bytes, out KeyShare? read).Should().BeTrue();
            read!.Elements.SequenceEqual(share.Elements).Should().BeTrue();
        }
    }

    [Fact]
    public void EveryBitFlip_IsAnotherShareOrRefused()
    {
        for (int bit = 0; bit < 8 * Bytes.Length; bit++)
        {
            byte[] changed = [.. Bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            bool isElement = BitConverter.ToUInt16(changed, bit / 16 * 2) < SharingParameters.Prime;
            KeyShare.TryRead(Parameters, 0, 1, changed, out KeyShare? share).Should().Be(isElement, "bit {0}", bit);
            (share is not null).Should().Be(isElement);
            if (share is not null)
            {
                RoundKeys.BytesOf(share).Should().Equal(changed);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(100_000)]
    public void OtherLengths_AreRefused(int length)
        => KeyShare.TryRead(Parameters, 0, 1, new byte[length], out _).Should().BeFalse();

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(4, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(0, SharingParameters.MaxContributors + 1)]
    public void OtherMembersAndContributors_AreRefused(int member, int contributors)
        => KeyShare.TryRead(Parameters, member, contributors, Bytes, out _).Should().BeFalse();

    [Theory]
    [InlineData(65521)]
    [InlineData(65535)]
    public void NumbersThatAreNoElements_AreRefusedAtEveryPosition(int number)
    {
        for (int i = 0; i < Parameters.Length; i++)
        {
            byte[] bytes = [.. Bytes];
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (ushort)number).Should().BeTrue();
            KeyShare.TryRead(Parameters, 0, 1, bytes, out KeyShare? share).Should().BeFalse();
            share.Should().BeNull();
        }
    }
}
