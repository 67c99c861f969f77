using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Tests.Parameters;

public sealed class ParametersIdTests
{
    [Fact]
    public void Compute_OfAnyBytes_IsTheirSha256InHexadecimal()
    {
        // FIPS 180-4, example "abc".
        ParametersId.Compute("abc"u8).ToString()
            .Should().Be("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    [Fact]
    public void CopyTo_ThenRead_IsTheSameIdentity()
    {
        ParametersId id = ParametersId.Compute("abc"u8);
        var bytes = new byte[ParametersId.SizeInBytes];
        id.CopyTo(bytes);

        bytes.Should().Equal(SHA256.HashData("abc"u8));
        (new ParametersId(bytes) == id).Should().BeTrue();
        new ParametersId(bytes).GetHashCode().Should().Be(id.GetHashCode());
        id.Equals((object)new ParametersId(bytes)).Should().BeTrue();
    }

    [Fact]
    public void Equality_WhereAnyByteDiffers_DoesNotHold()
    {
        ParametersId id = ParametersId.Compute("abc"u8);
        for (int i = 0; i < ParametersId.SizeInBytes; i++)
        {
            var bytes = new byte[ParametersId.SizeInBytes];
            id.CopyTo(bytes);
            bytes[i] ^= 1;

            (new ParametersId(bytes) != id).Should().BeTrue($"byte {i} differs");
        }

        (ParametersId.None == default).Should().BeTrue();
        id.Equals("abc").Should().BeFalse();
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void Constructor_WrongLength_IsRefused(int length)
        => FluentActions.Invoking(() => new ParametersId(new byte[length])).Should().Throw<ArgumentException>();

    [Fact]
    public void CopyTo_ShorterDestination_IsRefused()
        => FluentActions.Invoking(() => ParametersId.None.CopyTo(new byte[31])).Should().Throw<ArgumentException>();
}
