using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Tests.Keys;

public sealed class KeyIdTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(1, KeyId.SizeInBytes).Select(value => (byte)value)];

    [Fact]
    public void KeyId_OfItsBytes_GivesThemBackAndShowsThem()
    {
        var id = new KeyId(Bytes);
        var copy = new byte[KeyId.SizeInBytes];
        id.CopyTo(copy);

        copy.Should().Equal(Bytes);
        id.ToString().Should().Be("0102030405060708090a0b0c0d0e0f10");
        id.Should().Be(new KeyId(copy)).And.NotBe(default(KeyId));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void KeyId_OfAnotherLength_IsRefused(int length)
        => FluentActions.Invoking(() => new KeyId(new byte[length])).Should().Throw<ArgumentException>();
}
