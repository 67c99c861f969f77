using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Keys;

/// <summary>
/// Grants that the job's authority itself signed and encrypted, so that only the comparison with the job can refuse them; and
/// their encryption against an independent computation.
/// </summary>
public sealed class ForgedGrantTests
{
    private static readonly byte[] GroupKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Fact]
    public async Task Grant_OfTheJob_Opens()
    {
        using Setting setting = await Setting.CreateAsync();
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);

        using ClientKeys keys = request.Open(setting.Bench.Context, setting.Grant(request, setting.Keys));

        keys.KeyId.Should().Be(setting.Keys.PublicKey.KeyId);
    }

    [Fact]
    public async Task Grant_ForAnotherJob_IsRefused()
    {
        using Setting setting = await Setting.CreateAsync();
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);
        byte[] grant = setting.Grant(request, setting.Keys, message => message with { JobId = Guid.NewGuid() });

        ErrorOf(setting, request, grant).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Grant_ForAnotherClient_IsRefused()
    {
        using Setting setting = await Setting.CreateAsync();
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);
        byte[] grant = setting.Grant(request, setting.Keys, message => message with { Client = setting.Bench.Identities[1].Client });

        ErrorOf(setting, request, grant).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Grant_OfOtherKeysUnderTheirOwnIdentity_IsRefused()
    {
        using Setting setting = await Setting.CreateAsync();
        using KeyPair others = setting.Bench.Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);

        ErrorOf(setting, request, setting.Grant(request, others)).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Grant_OfOtherKeysUnderTheIdentityOfTheJobs_IsRefused()
    {
        using Setting setting = await Setting.CreateAsync();
        using KeyPair others = setting.Bench.Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);
        byte[] grant = setting.Grant(request, others, keyId: setting.Keys.PublicKey.KeyId);

        ErrorOf(setting, request, grant).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Grant_SignedByTheServer_IsRefused()
    {
        using Setting setting = await Setting.CreateAsync();
        using var request = new KeyRequest(setting.Job, setting.Bench.Identities[0]);
        byte[] grant = setting.Grant(request, setting.Keys);
        MessageSignature.Write(grant, MessageSigner.Authority, contentLength: 0, setting.Bench.ServerIdentity.Key);

        ErrorOf(setting, request, grant).Should().Be(FormatError.AuthenticationFailed);
    }

    [Fact]
    public void Cipher_OfAGrant_IsTheDocumentedOne()
    {
        // HKDF by hand: RFC 5869, one block of output.
        using ECDiffieHellman sender = GrantCipher.CreateEphemeralKey();
        using ECDiffieHellman recipient = GrantCipher.CreateEphemeralKey();
        byte[] secret = [.. Enumerable.Range(50, 40).Select(i => (byte)i)];
        byte[] context = "all fields before"u8.ToArray();
        byte[] encrypted = GrantCipher.Encrypt(sender, recipient.ExportSubjectPublicKeyInfo(), context, secret);

        byte[] shared = recipient.DeriveRawSecretAgreement(sender.PublicKey);
        byte[] salt = [.. sender.ExportSubjectPublicKeyInfo(), .. recipient.ExportSubjectPublicKeyInfo()];
        byte[] expansion = [.. "FedHe key grant v1"u8, 1];
        byte[] key = HMACSHA256.HashData(HMACSHA256.HashData(salt, shared), expansion);
        using var cipher = new AesGcm(key, tagSizeInBytes: 16);
        var opened = new byte[secret.Length];
        cipher.Decrypt(encrypted.AsSpan(0, 12), encrypted.AsSpan(28), encrypted.AsSpan(12, 16), opened, context);
        opened.Should().Equal(secret);

        byte[] own = [.. new byte[28], .. new byte[secret.Length]];
        cipher.Encrypt(own.AsSpan(0, 12), secret, own.AsSpan(28), own.AsSpan(12, 16), context);
        var read = new byte[secret.Length];
        GrantCipher.TryDecrypt(recipient, sender.ExportSubjectPublicKeyInfo(), context, own, read).Should().BeTrue();
        read.Should().Equal(secret);
        GrantCipher.TryDecrypt(recipient, sender.ExportSubjectPublicKeyInfo(), "all fields after"u8, own, read).Should().BeFalse();
        read.Should().OnlyContain(value => value == 0);
    }

    private static FormatError? ErrorOf(Setting setting, KeyRequest request, byte[] grant)
    {
        try
        {
            request.Open(setting.Bench.Context, grant).Dispose();
            return null;
        }
        catch (HeFormatException exception)
        {
            return exception.Error;
        }
    }

    /// <summary>A job whose authority's keys the test knows.</summary>
    private sealed class Setting : IDisposable
    {
        private readonly ECDsa _signingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly KeyAuthority _authority;

        private Setting(TestBench bench)
        {
            Bench = bench;
            Keys = bench.Context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
            _authority = new KeyAuthority(bench.JobId, bench.Context, Keys, GroupKey, _signingKey, bench.Roster, new RosterAuthenticator());
            Job = new FederationJob(
                bench.JobId,
                _authority.Info,
                bench.Job.ServerKey,
                bench.Roster,
                bench.Terms,
                bench.Job.InitialModelDigest,
                bench.Job.Settings,
                protection: JobProtection.Direct);
        }

        public TestBench Bench { get; }

        public FederationJob Job { get; }

        public KeyPair Keys { get; }

        public static async Task<Setting> CreateAsync() => new(await TestBench.CreateAsync());

        /// <summary>Encrypts and signs a grant as the authority does, with fields changed before that.</summary>
        public byte[] Grant(KeyRequest request, KeyPair keys, Func<KeyGrantMessage, KeyGrantMessage>? change = null, KeyId? keyId = null)
        {
            var asked = (KeyRequestMessage)Bench.Parse(request.Bytes);
            using ECDiffieHellman ephemeral = GrantCipher.CreateEphemeralKey();
            var secret = new ArrayBufferWriter<byte>();
            secret.Write(GroupKey);
            keys.SecretKey.ExportClear(secret);
            var publicKey = new ArrayBufferWriter<byte>();
            keys.PublicKey.WriteTo(publicKey);
            var grant = new KeyGrantMessage(
                asked.JobId, asked.Client, keyId ?? keys.PublicKey.KeyId, ephemeral.ExportSubjectPublicKeyInfo(), publicKey.WrittenMemory, default);
            grant = change?.Invoke(grant) ?? grant;
            grant = grant with
            {
                EncryptedSecretKey = GrantCipher.Encrypt(ephemeral, asked.EphemeralKey.Span, grant.AssociatedData(), secret.WrittenSpan),
            };
            return MessageFormat.WriteSigned(grant, Bench.Context.ParametersId, new SigningKey(_signingKey));
        }

        public void Dispose()
        {
            _authority.Dispose();
            Bench.Dispose();
        }
    }
}
