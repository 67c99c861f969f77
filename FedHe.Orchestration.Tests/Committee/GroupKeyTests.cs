using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Random;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>The group key of a job with a committee is the one that the job fixes, and all that clients have.</summary>
public sealed class GroupKeyTests
{
    [Fact]
    public async Task Grant_OfAnotherGroupKey_IsRefusedAlsoWhenTheAuthoritySignedIt()
    {
        // Guard: without the identity in the job an authority could give each client a key of its own, and tell their tags apart.
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using System.Security.Cryptography.ECDiffieHellman ephemeral = GrantCipher.CreateEphemeralKey();
        var request = new KeyRequestMessage(bench.Job.JobId, bench.Name(0), ephemeral.ExportSubjectPublicKeyInfo(), default);
        var other = new byte[32];
        HedgedRandom.Fill(other);

        KeyGrantMessage forged = KeyGrant.Create(request, bench.Job.Authority.KeyId, other);

        KeyGrant.TryOpen(forged, bench.Job, ephemeral, out ClientKeys? keys).Should().Be(FormatError.Inconsistent);
        keys.Should().BeNull();
    }

    [Fact]
    public async Task Answer_OpenedWithTheWrongKindOfKeys_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using HeContext scheme = Schemes.Create("plain");
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        byte[] answer = (await bench.Authority.HandleAsync(request.Bytes)).Answer.ToArray();
        using TestBench withScheme = await TestBench.CreateAsync();
        using var other = new KeyRequest(withScheme.Job, withScheme.Identities[0]);

        request.Invoking(one => one.Open(scheme, answer)).Should().Throw<HeMismatchException>();
        other.Invoking(one => one.Open(answer)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public async Task Keys_SavedAndLoaded_AreTheJobsAndNoOthers()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using CommitteeBench stranger = await CommitteeBench.CreateAsync();
        using var protector = new PasswordProtector("a password for tests");
        var saved = new ArrayBufferWriter<byte>();
        bench.Keys[0].Save(saved, protector);

        using ClientKeys loaded = ClientKeys.Load(saved.WrittenSpan, protector, bench.Job);

        loaded.KeyId.Should().Be(bench.Job.Authority.KeyId);
        loaded.HasKeyPair.Should().BeFalse();
        ((Action)(() => ClientKeys.Load(saved.WrittenSpan, protector, stranger.Job))).Should().Throw<HeFormatException>();
    }

    [Fact]
    public async Task Authority_SavedAndLoaded_GrantsTheSameKey()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using var protector = new PasswordProtector("a password for tests");
        var saved = new ArrayBufferWriter<byte>();
        bench.Authority.Save(saved, protector);

        using GroupKeyAuthority loaded = GroupKeyAuthority.Load(saved.WrittenSpan, protector, bench.Parameters, bench.Roster, new RosterAuthenticator());

        loaded.Info.Should().Be(bench.Authority.Info);
        using var request = new KeyRequest(bench.Job, bench.Identities[1]);
        using ClientKeys keys = request.Open((await loaded.HandleAsync(request.Bytes)).Answer);
        keys.KeyId.Should().Be(bench.Job.Authority.KeyId);
    }
}
