using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Keys;

public sealed class KeyGrantTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("ckks")]
    public async Task Grant_OpenedByItsClient_HasTheJobsKey(string scheme)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = scheme });

        using EncryptedVector vector = bench.Keys[0].CreateEncryptor(VectorForm.Full).Encrypt([1.5, -0.25], maxAbs: 2);
        var values = new double[2];
        bench.Keys[1].CreateDecryptor().Decrypt(vector, values);

        bench.Keys[0].KeyId.Should().Be(bench.Job.Authority.KeyId);
        values[0].Should().BeApproximately(1.5, vector.Bound.ErrorBound);
        values[1].Should().BeApproximately(-0.25, vector.Bound.ErrorBound);
    }

    [Fact]
    public async Task Grant_OpenedByAnotherClientOrRequest_Fails()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        using var ofAnotherClient = new KeyRequest(bench.Job, bench.Identities[1]);
        using var ofAnotherTime = new KeyRequest(bench.Job, bench.Identities[0]);
        ReadOnlyMemory<byte> grant = (await bench.Authority.HandleAsync(request.Bytes)).Answer;

        Action byAnotherClient = () => ofAnotherClient.Open(bench.Context, grant);
        Action byAnotherRequest = () => ofAnotherTime.Open(bench.Context, grant);

        byAnotherClient.Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.Inconsistent);
        byAnotherRequest.Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.AuthenticationFailed);
    }

    [Fact]
    public async Task Grant_OfAnAuthorityThatARelayPutInPlace_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var relay = new KeyAuthority(bench.JobId, bench.Context, bench.Roster, new RosterAuthenticator());
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        ReadOnlyMemory<byte> grant = (await relay.HandleAsync(request.Bytes)).Answer;
        byte[] relabelled = grant.ToArray();
        bench.Job.Authority.KeyId.CopyTo(relabelled.AsSpan(48 + 1 + 16 + 2 + "c1".Length));

        ShouldBeRefused(grant, FormatError.Inconsistent);
        ShouldBeRefused(relabelled, FormatError.AuthenticationFailed);

        void ShouldBeRefused(ReadOnlyMemory<byte> bytes, FormatError error)
        {
            Action act = () => request.Open(bench.Context, bytes);
            act.Should().Throw<HeFormatException>().Which.Error.Should().Be(error);
        }
    }

    [Fact]
    public async Task Grant_Sealed_DoesNotContainTheSecretKey()
    {
        using HeContext context = Schemes.Create("plain");
        using KeyPair keys = context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        var exported = new ArrayBufferWriter<byte>();
        keys.SecretKey.ExportClear(exported);
        byte[] material = exported.WrittenSpan[^32..].ToArray();
        using ClientIdentity identity = ClientIdentity.Create(new ClientId("a"));
        var jobId = Guid.NewGuid();
        using var authority = new KeyAuthority(
            jobId,
            context,
            keys,
            new byte[32],
            System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256),
            ClientRoster.Of([identity]),
            new RosterAuthenticator());
        using var server = ServerIdentity.Create();
        var terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, 100);
        var job = new FederationJob(
            jobId,
            authority.Info,
            server.VerificationKey,
            ClientRoster.Of([identity]),
            terms,
            FederationJob.DigestOf(TestModel.Create(1)),
            new FederationSettings { Rounds = 1, ClientsPerRound = 2, Quorum = 2, MinimumContributors = 2 });
        using var request = new KeyRequest(job, identity);

        ReadOnlyMemory<byte> grant = (await authority.HandleAsync(request.Bytes)).Answer;

        grant.Span.IndexOf(material.AsSpan(0, 8)).Should().Be(-1);
        using ClientKeys opened = request.Open(context, grant);
        opened.KeyId.Should().Be(keys.PublicKey.KeyId);
    }

    [Fact]
    public async Task Grant_AnyBitFlippedOrTruncated_IsRefusedAsMalformed()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        byte[] grant = ((await bench.Authority.HandleAsync(request.Bytes)).Answer).ToArray();

        for (int i = 0; i < grant.Length; i++)
        {
            byte[] flipped = [.. grant];
            flipped[i] ^= (byte)(1 << (i % 8));
            Action open = () => request.Open(bench.Context, flipped);
            open.Should().Throw<HeFormatException>();
            Action openShort = () => request.Open(bench.Context, grant.AsMemory(0, i));
            openShort.Should().Throw<HeFormatException>();
        }
    }

    [Fact]
    public async Task Request_NotFromARosteredClientOfTheJob_GetsATypedRefusalAndNothingElse()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();
        using ClientIdentity stranger = ClientIdentity.Create(new ClientId("stranger"));
        using ClientIdentity impostor = ClientIdentity.Create(bench.Identities[0].Client);

        await ShouldRefuseAsync(new KeyRequest(bench.Job, stranger), KeyRefusalReason.UnknownClient);
        await ShouldRefuseAsync(new KeyRequest(bench.Job, impostor), KeyRefusalReason.BadSignature);
        await ShouldRefuseAsync(new KeyRequest(other.Job, bench.Identities[0]), KeyRefusalReason.WrongJob);

        async Task ShouldRefuseAsync(KeyRequest request, KeyRefusalReason reason)
        {
            ReadOnlyMemory<byte> answer = (await bench.Authority.HandleAsync(request.Bytes)).Answer;
            answer.Length.Should().Be(48 + 1 + 16 + 1);
            Action open = () => request.Open(bench.Context, answer);
            KeyRefusedException refused = open.Should().Throw<KeyRefusedException>().Which;
            refused.Reason.Should().Be(reason);
            refused.Message.Should().Contain(reason == KeyRefusalReason.WrongJob ? "another job id" : "roster", "it says what to do");
            request.Dispose();
        }
    }

    [Fact]
    public async Task Request_RefusedByTheHost_GetsNoKey()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var authority = new KeyAuthority(bench.JobId, bench.Context, bench.Roster, new TicketAuthenticator("open sesame"));
        using var wrong = new KeyRequest(bench.Job, bench.Identities[0], "please"u8.ToArray());
        using var right = new KeyRequest(bench.Job, bench.Identities[0], "open sesame"u8.ToArray());

        bench.Parse((await authority.HandleAsync(wrong.Bytes)).Answer).Should().Be(new KeyRefusal(bench.JobId, KeyRefusalReason.NotAuthenticated));
        ((await authority.HandleAsync(right.Bytes)).Answer).Length.Should().BeGreaterThan(200);
    }

    [Fact]
    public async Task Request_WithAnotherEphemeralKey_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var request = new KeyRequest(bench.Job, bench.Identities[0]);
        using var relays = new KeyRequest(bench.Job, bench.Identities[1]);
        byte[] swapped = request.Bytes.ToArray();
        int offset = 48 + 1 + 16 + 2 + "c1".Length + KeyId.SizeInBytes + sizeof(int);
        relays.Bytes.Slice(offset, 91).CopyTo(swapped.AsMemory(offset));

        bench.Parse((await bench.Authority.HandleAsync(swapped)).Answer).Should().Be(new KeyRefusal(bench.JobId, KeyRefusalReason.BadSignature));
    }

    [Fact]
    public void PinnedBuffer_GrownAndDisposed_LeavesOnlyZeros()
    {
        var buffer = new PinnedBufferWriter();
        buffer.Write(Enumerable.Repeat((byte)7, 3000).ToArray());
        Memory<byte> small = buffer.GetMemory();
        buffer.Write(Enumerable.Repeat((byte)7, 9000).ToArray());
        buffer.WrittenSpan.ToArray().Should().OnlyContain(value => value == 7).And.HaveCount(12000);
        Span<byte> large = buffer.WrittenSpan;

        buffer.Dispose();

        small.ToArray().Should().OnlyContain(value => value == 0);
        large.ToArray().Should().OnlyContain(value => value == 0);
    }

    private sealed class TicketAuthenticator(string ticket) : IClientAuthenticator
    {
        public Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken)
            => Task.FromResult(System.Text.Encoding.UTF8.GetString(credential.Span) == ticket);
    }
}
