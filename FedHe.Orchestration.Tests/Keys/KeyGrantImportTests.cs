using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Keys;

/// <summary>A grant whose keys do not belong together is refused, whatever its signature says.</summary>
public sealed class KeyGrantImportTests : IDisposable
{
    private static readonly ClientId Client = new("c1");

    private readonly HeContext _context = Schemes.Create("ckks");
    private readonly KeyPair _keys;
    private readonly ECDiffieHellman _ephemeral = GrantCipher.CreateEphemeralKey();

    public KeyGrantImportTests() => _keys = _context.GenerateKeyPair(SecretKeyExportPolicy.Clear);

    public void Dispose()
    {
        _ephemeral.Dispose();
        _keys.Dispose();
        _context.Dispose();
    }

    [Fact]
    public void Grant_OfAPair_Opens() => Open(_keys.SecretKey).Should().Be(FormatError.None);

    [Fact]
    public void Grant_WithOneDigitOfTheSecretKeyChanged_IsRefused()
    {
        using SecretKey changed = Changed(_keys.PublicKey.KeyId);

        Open(changed).Should().Be(FormatError.Inconsistent, "its uploads would be noise to all others");
    }

    [Fact]
    public void Grant_OfTheSecretKeyOfAnotherPair_IsRefused()
    {
        using KeyPair other = _context.GenerateKeyPair(SecretKeyExportPolicy.Clear);

        Open(other.SecretKey).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public void Authority_GivenTheKeysOfTwoPairs_IsNotCreated()
    {
        using ClientIdentity identity = ClientIdentity.Create(Client);
        using SecretKey changed = Changed(_keys.PublicKey.KeyId);
        Func<KeyAuthority> create = () => new KeyAuthority(
            Guid.NewGuid(),
            _context,
            new KeyPair(_keys.PublicKey, changed),
            new byte[32],
            ECDsa.Create(ECCurve.NamedCurves.nistP256),
            ClientRoster.Of([identity]),
            new RosterAuthenticator());

        create.Should().Throw<HeMismatchException>();
    }

    private FormatError Open(SecretKey secretKey)
    {
        var request = new KeyRequestMessage(Guid.NewGuid(), Client, _ephemeral.ExportSubjectPublicKeyInfo(), default);
        KeyGrantMessage grant = KeyGrant.Create(request, new KeyPair(_keys.PublicKey, secretKey), new byte[32]);
        FormatError error = KeyGrant.TryOpen(grant, _context, _ephemeral, out ClientKeys? keys);
        keys?.Dispose();
        return error;
    }

    private SecretKey Changed(KeyId keyId)
    {
        var buffer = new ArrayBufferWriter<byte>();
        _keys.SecretKey.ExportClear(buffer);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        Span<byte> digits = bytes.AsSpan(WireHeader.SizeInBytes + KeyId.SizeInBytes, 1);
        digits[0] = (byte)((digits[0] & 3) == 1 ? digits[0] ^ 1 : (digits[0] & ~3) | 1);
        keyId.CopyTo(bytes.AsSpan(WireHeader.SizeInBytes));
        _context.TryImportSecretKey(bytes, SecretKeyExportPolicy.Clear, out SecretKey? key, out _).Should().BeTrue();
        return key!;
    }
}
