using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Protection;

/// <summary>Keys survive a restart under a password or under the host's own protector, and are in clear nowhere.</summary>
public sealed class SavedKeysTests
{
    private const string Password = "correct horse battery";
    private const string Wrong = "incorrect horse battery";

    [Fact]
    public void ClientIdentity_SavedAndLoaded_SignsAsBefore()
    {
        using var identity = ClientIdentity.Create(new ClientId("north"));
        byte[] saved = Save(bytes => identity.Save(bytes, Password));

        using ClientIdentity loaded = ClientIdentity.Load(saved, Password);

        (loaded.Client, loaded.VerificationKey).Should().Be((identity.Client, identity.VerificationKey));
        ShouldBeRefused(() => ClientIdentity.Load(saved, Wrong), FormatError.AuthenticationFailed);
        ShouldBeRefused(() => ServerIdentity.Load(saved, Password), FormatError.WrongKind);
        ShouldBeRefused(() => ClientIdentity.Load(Renamed(saved, "north", "south"), Password), FormatError.AuthenticationFailed);
        ShouldBeRefused(() => ClientIdentity.Load(saved.AsSpan(0, saved.Length - 1), Password), FormatError.Truncated);
        ShouldBeRefused(() => ClientIdentity.Load([.. saved, 0], Password), FormatError.TrailingBytes);
    }

    [Fact]
    public void ServerIdentity_SavedAndLoaded_SignsAsBefore()
    {
        using var identity = ServerIdentity.Create();
        byte[] saved = Save(bytes => identity.Save(bytes, Password));

        using ServerIdentity loaded = ServerIdentity.Load(saved, Password);

        loaded.VerificationKey.Should().Be(identity.VerificationKey);
        ShouldBeRefused(() => ServerIdentity.Load(saved, Wrong), FormatError.AuthenticationFailed);
    }

    [Fact]
    public async Task KeyRequest_SavedAndLoaded_OpensTheAnswerToIt()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var protector = new PasswordProtector(Password);
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        ReadOnlyMemory<byte> grant = (await bench.Authority.HandleAsync(request.Bytes)).Answer;
        byte[] saved = Save(bytes => request.Save(bytes, protector));

        using KeyRequest loaded = KeyRequest.Load(saved, protector, bench.Job, bench.Identities[0]);

        loaded.Bytes.ToArray().Should().Equal(request.Bytes.ToArray());
        using ClientKeys keys = loaded.Open(bench.Context, grant);
        keys.KeyId.Should().Be(bench.Job.Authority.KeyId);
        using var wrong = new PasswordProtector(Wrong);
        ShouldBeRefused(() => KeyRequest.Load(saved, wrong, bench.Job, bench.Identities[0]), FormatError.AuthenticationFailed);
        ShouldBeRefused(() => KeyRequest.Load(saved, protector, bench.Job, bench.Identities[1]), FormatError.Inconsistent);
        ShouldBeRefused(() => KeyRequest.Load(saved.AsSpan(0, saved.Length - 1), protector, bench.Job, bench.Identities[0]), FormatError.Truncated);
        ShouldBeRefused(() => ClientKeys.Load(saved, protector, bench.Context), FormatError.WrongKind);
    }

    [Theory]
    [InlineData("ckks")]
    [InlineData("plain")]
    public async Task Authority_SavedAndLoaded_GrantsTheSameKeys(string scheme)
    {
        using HeContext context = Schemes.Create(scheme);
        using var identity = ClientIdentity.Create(new ClientId("north"));
        ClientRoster roster = ClientRoster.Of([identity]);
        var jobId = Guid.NewGuid();
        using var authority = new KeyAuthority(jobId, context, roster, new RosterAuthenticator());
        byte[] saved = Save(bytes => authority.Save(bytes, Password));

        using KeyAuthority loaded = KeyAuthority.Load(saved, Password, context, roster, new RosterAuthenticator());

        loaded.Info.Should().Be(authority.Info);
        using ClientKeys before = await KeysOf(authority);
        using ClientKeys after = await KeysOf(loaded);
        after.KeyId.Should().Be(before.KeyId);
        using Crypto.Ciphertexts.EncryptedVector vector = before.CreateEncryptor().Encrypt([0.5, -0.25], 1);
        var values = new double[2];
        after.CreateDecryptor().Decrypt(vector, values);
        values[0].Should().BeApproximately(0.5, vector.Bound.ErrorBound);
        Save(bytes => after.Save(bytes, new Xor())).Should().Equal(Save(bytes => before.Save(bytes, new Xor())), "the group key is the same too");
        ShouldBeRefused(() => KeyAuthority.Load(saved, Wrong, context, roster, new RosterAuthenticator()), FormatError.AuthenticationFailed);

        async Task<ClientKeys> KeysOf(KeyAuthority one)
        {
            using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = scheme });
            var job = new FederationJob(
                jobId, one.Info, bench.ServerIdentity.VerificationKey, roster, bench.Terms, bench.Job.InitialModelDigest, bench.Job.Settings, protection: JobProtection.Direct);
            using var request = new KeyRequest(job, identity);
            AuthorityStep step = await one.HandleAsync(request.Bytes);
            (step.Client, step.Refusal).Should().Be((identity.Client, null));
            return request.Open(context, step.Answer);
        }
    }

    [Fact]
    public async Task ClientKeys_SavedAndLoaded_ServeTheClientWithoutTheAuthority()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys });
        byte[] saved = Save(bytes => bench.Keys[0].Save(bytes, Password));
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;

        using ClientKeys loaded = ClientKeys.Load(saved, Password, bench.Context);
        var client = new FederationClient(bench.ClientSetup(0) with { Keys = loaded });
        client.Announce();

        ReadOnlyMemory<byte> upload = (await client.HandleAsync(invitation)).Messages.Single();
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
        ShouldBeRefused(() => ClientKeys.Load(saved, Wrong, bench.Context), FormatError.AuthenticationFailed);
        using HeContext other = Schemes.Create("ckks-exact");
        ShouldBeRefused(() => ClientKeys.Load(saved, Password, other), FormatError.WrongParameters);
    }

    [Fact]
    public void Password_TooShort_IsRefused()
    {
        Action act = () => _ = new PasswordProtector("elevenchars");

        act.Should().Throw<ArgumentException>().WithMessage("*12*");
    }

    [Fact]
    public void Protector_Disposed_ProtectsNothingUnderItsZeroedPassword()
    {
        var protector = new PasswordProtector(Password);
        byte[] sealedSecret = protector.Protect([1, 2, 3], "context"u8);
        protector.Dispose();

        protector.Invoking(p => p.Protect([1, 2, 3], "context"u8)).Should().Throw<ObjectDisposedException>();
        protector.Invoking(p => Open(p, sealedSecret, "context"u8)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Protector_OfAPassword_IsAuthenticatedEncryptionWithTheContext()
    {
        using var protector = new PasswordProtector(Password);
        using var afterRestart = new PasswordProtector(Password);
        byte[] secret = RandomNumberGenerator.GetBytes(50);
        byte[] first = protector.Protect(secret, "context"u8);
        byte[] second = protector.Protect(secret, "context"u8);

        first.Should().NotEqual(second);
        first[..32].Should().Equal(second[..32], "the slow derivation happens once");
        Open(afterRestart, first, "context"u8).Should().Equal(secret);
        afterRestart.Protect(secret, "context"u8)[..32].Should().Equal(first[..32], "nor again after a restart");
        Open(protector, first, "contexT"u8).Should().BeNull();
        for (int i = 0; i < first.Length; i++)
        {
            byte[] changed = [.. first];
            changed[i] ^= 4;
            if (i is < 2 or >= 32)
            {
                Open(protector, changed, "context"u8).Should().BeNull("byte {0}", i);
            }
        }

        Open(protector, first[..59], "context"u8).Should().BeNull();
    }

    [Fact]
    public void Protector_OfTheHost_IsUsedInstead()
    {
        using var identity = ClientIdentity.Create(new ClientId("north"));
        byte[] saved = Save(bytes => identity.Save(bytes, new Xor()));

        using ClientIdentity loaded = ClientIdentity.Load(saved, new Xor());

        loaded.VerificationKey.Should().Be(identity.VerificationKey);
    }

    [Fact]
    public void Key_ThatItsStoreKeeps_IsNotSavedAndSaysSo()
    {
        using var identity = new ClientIdentity(new ClientId("north"), new KeptKey());
        Action act = () => identity.Save(new ArrayBufferWriter<byte>(), Password);

        act.Should().Throw<InvalidOperationException>().WithMessage("*cannot be exported*");
    }

    private static byte[]? Open(PasswordProtector protector, byte[] bytes, ReadOnlySpan<byte> context)
    {
        using var opened = new PinnedBufferWriter();
        return protector.TryUnprotect(bytes, context, opened) ? opened.WrittenSpan.ToArray() : null;
    }

    private static byte[] Renamed(byte[] saved, string name, string other)
    {
        byte[] renamed = [.. saved];
        System.Text.Encoding.ASCII.GetBytes(other).CopyTo(renamed, renamed.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name)));
        return renamed;
    }

    private static byte[] Save(Action<ArrayBufferWriter<byte>> save)
    {
        var bytes = new ArrayBufferWriter<byte>();
        save(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static void ShouldBeRefused(Func<IDisposable> load, FormatError error)
        => load.Should().Throw<HeFormatException>().Which.Error.Should().Be(error);

    /// <summary>A host's protector, which protects nothing and shows that it was asked.</summary>
    private sealed class Xor : ISecretProtector
    {
        public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => [.. secret.ToArray().Select(one => (byte)(one ^ 0x5A))];

        public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
        {
            secret.Write(Protect(protectedSecret, context));
            return true;
        }
    }

    /// <summary>A signing key whose store does not give it away.</summary>
    private sealed class KeptKey : ECDsa
    {
        private readonly ECDsa _inner = Create(ECCurve.NamedCurves.nistP256);

        public override byte[] SignHash(byte[] hash) => _inner.SignHash(hash);

        public override bool VerifyHash(byte[] hash, byte[] signature) => _inner.VerifyHash(hash, signature);

        public override ECParameters ExportParameters(bool includePrivateParameters)
            => includePrivateParameters ? throw new CryptographicException() : _inner.ExportParameters(false);

        public override bool TryExportPkcs8PrivateKey(Span<byte> destination, out int bytesWritten) => throw new CryptographicException();

        public override byte[] ExportSubjectPublicKeyInfo() => _inner.ExportSubjectPublicKeyInfo();

        protected override void Dispose(bool disposing)
        {
            _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
