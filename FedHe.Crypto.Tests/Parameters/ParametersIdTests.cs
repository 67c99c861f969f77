using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Tests.Parameters;

public sealed class ParametersIdTests
{
    [Fact]
    public void Compute_OfAnyBytes_IsTheirSha256InHexadecimal()
    {
        // FIPS 180-4, example "abc".
        Digest.Compute("abc"u8).ToString()
            .Should().Be("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    [Fact]
    public void CopyTo_ThenRead_IsTheSameIdentity()
    {
        Digest id = Digest.Compute("abc"u8);
        var bytes = new byte[Digest.SizeInBytes];
        id.CopyTo(bytes);

        bytes.Should().Equal(SHA256.HashData("abc"u8));
        (new Digest(bytes) == id).Should().BeTrue();
        new Digest(bytes).GetHashCode().Should().Be(id.GetHashCode());
        id.Equals((object)new Digest(bytes)).Should().BeTrue();
    }

    [Fact]
    public void Equality_WhereAnyByteDiffers_DoesNotHold()
    {
        Digest id = Digest.Compute("abc"u8);
        for (int i = 0; i < Digest.SizeInBytes; i++)
        {
            var bytes = new byte[Digest.SizeInBytes];
            id.CopyTo(bytes);
            bytes[i] ^= 1;

            (new Digest(bytes) != id).Should().BeTrue($"byte {i} differs");
        }

        (Digest.None == default).Should().BeTrue();
        id.Equals("abc").Should().BeFalse();
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void Constructor_WrongLength_IsRefused(int length)
        => FluentActions.Invoking(() => new Digest(new byte[length])).Should().Throw<ArgumentException>();

    [Fact]
    public void CopyTo_ShorterDestination_IsRefused()
        => FluentActions.Invoking(() => Digest.None.CopyTo(new byte[31])).Should().Throw<ArgumentException>();
}
