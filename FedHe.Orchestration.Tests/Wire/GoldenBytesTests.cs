using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Updates;

namespace FedHe.Orchestration.Tests.Wire;

/// <summary>Pins every byte of the wire format, version 1, except signatures and encrypted keys, which are never the same twice.</summary>
public sealed class GoldenBytesTests
{
    // The generator of P-256 and its double, as public keys that nobody signs with.
    private static readonly VerificationKey FirstKey = Key(
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");

    private static readonly VerificationKey SecondKey = Key(
        "7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC4766997807775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1");

    private static readonly Guid JobId = new("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static readonly ClientId Client = new("hospital-1");
    private static readonly UploadSlot Slot = new(JobId, round: 4, attempt: 2, Client);
    private static readonly HeContext Context = Schemes.Create("plain");
    private static readonly ServerIdentity Server = CreateServer();
    private static readonly FederationJob Job = CreateJob();

    public static TheoryData<MessageKind, string> Messages => new()
    {
        { MessageKind.KeyRequest, "59c9a243c60d013bdbec25d0f3c3c417ebb410f81d165d933e8c2e85b9978a12" },
        { MessageKind.KeyRefusal, "ee757346de503bf8e1214f4537455e21eff0a4f56b0dc925c4cea131e0510c43" },
        { MessageKind.Announcement, "f50c5dd76e1fe1bf68d71308e9950cb5f818fcbf45a4b3d4d384ba320cd156f8" },
        { MessageKind.Invitation, "9b5324f0c08111d629f892e785048ff9ee3fed4ddbe1bc4f4f212a0da93cd9cc" },
        { MessageKind.Upload, "1ca100581dfba2fef833be05782068805e90ff548ce08e76b0dd6d2f3c693b86" },
        { MessageKind.Acknowledgement, "bf1d4090879cf07e2452bb0552f190ae0a0224ca2ef6b4b9931eddc3e8151aaf" },
        { MessageKind.Aggregate, "8c48428c58f23c2ff393232889f6b0fa09c2493226e792fe2751f55c358e1ad2" },
        { MessageKind.AggregateRequest, "e773d3a4580d5a8d0e2a7848c845d59ebfc2cb9ab628e6ac1740729d08e8fca6" },
        { MessageKind.KeyGrant, "68af9ceb3d3defc173e101b0cea078f6ba9837b148d2c3169d1a863ff800a062" },
        { MessageKind.Conclusion, "0ca90bc6378a6d893f7eba530fc1d19eecf75ddc236f11f0f0d3e4d9a1ad5bfc" },
        { MessageKind.Confirmation, "e92a90c56719b053f200d61eceea73260c001b746bd12eee20916770505f2129" },
        { MessageKind.Confirmations, "b7bbbe8d4aac3be62342f485016cf22f23cf30aa49ecf3f569862fd5412ced00" },
        { MessageKind.Objection, "426fe28dc89e62deed86a82b5b1aaf32051f545334f9dccf85278ca9676badee" },
        { MessageKind.Inquiry, "9737cfd8f1dfe2e79d07cf23ea1906c976e9e259889e263cc5312e258f00ac85" },
        { MessageKind.Showing, "516cedb0959ddd2ad38fda3b334236a40f6221cf1c948583fefeb2559d8a1f39" },
        { MessageKind.CheckRequest, "cbbeabf568dfbe5f97a81c66d6a1f6fd7189bd35e33ebcb052db673e136fe3ed" },
        { MessageKind.Verdict, "48ba976f933fadd5249a6952ec31789b6922b425afd52dc9c8306f09c304121d" },
        { MessageKind.KeySum, "fff56628b124d524080d147201bd0baa356ca44b193292e1ec38affda354be9c" },
        { MessageKind.KeyApproval, "650af82e65cdf1e868625c6ad5429af9271ab527c0a7ef32dbdff349de2dfb88" },
        { MessageKind.MemberKeyRequest, "b5c5d758ae4895fc3db7276682ff6e2de2180a94ea25e04086d1f576915f837e" },
        { MessageKind.MemberKey, "509a410e3bfd2756730f9aceb7cd35d0cbcffdf0b7325b71462ee8c6fd5129a5" },
        { MessageKind.BoxDelivery, "b3969362cc7a38cf692a3198a9e173298cbb7256e38a8a57d301cd9b09f14c68" },
        { MessageKind.BoxReport, "cf22b4b7c0e0656e5a94d1808d2db5de6f7b53539ab838f1ce0f09ddbf092078" },
        { MessageKind.ListOffer, "718acb79d5ed07732462716a736857d1bb397dcff30809490c16290be7813cb3" },
        { MessageKind.ShareAnswer, "6dfc43d425e5d7897046e7f75a034c67cd60c52a1b91727f3a9935d11fd52d01" },
        { MessageKind.EpochOffer, "c119942e8c32a88d8f161993385de3ba5c79581fe4c5ba4976b35cded211c66f" },
        { MessageKind.EpochVote, "4935c699bbe66b5c33fd10444f09491a08320e9648b64fb482db84eb3185d035" },
        { MessageKind.Epoch, "d1ffd6ba63962a0c0f36092484c183e83386759743735ce9fdde1a90640ea3d2" },
        { MessageKind.History, "0d411642eea51683d768c33f97509734273dd6230f4f5e3882b0bbc46fa0e5e9" },
    };

    [Fact]
    public void Job_Bytes_HaveTheirHash()
    {
        var bytes = new ArrayBufferWriter<byte>();
        Job.WriteTo(bytes);

        HashOf(bytes.WrittenSpan).Should().Be("3670c85386a7a570802a97c061855c2f60aad06464bbed97c6fcde584c1d8986");
        Job.Digest.ToString().Should().Be(HashOf(bytes.WrittenSpan));
    }

    [Fact]
    public void Job_WithoutRoundKeys_BytesHaveTheirHash()
    {
        var bytes = new ArrayBufferWriter<byte>();
        CreateJob(EncryptionMask.InsecureNone(TestModel.Layout)).WriteTo(bytes);

        HashOf(bytes.WrittenSpan).Should().Be("15ca50c623d0c5c314f6906d5bac0500e1bb187509ee2fdd8220eab0713e6074");
    }

    [Fact]
    public void Job_OfAnAgreement_BytesHaveTheirHash()
    {
        ModelParameters model = TestModel.Map(TestModel.Create(seed: 1), (_, i) => i / 8.0);
        FederationJob job = MaskAgreement.CreateJob(
            JobId, Job.Authority, Job.ServerKey, Job.Roster, Context, model, MaskPolicy.PaperRecipe, maxWeight: 1000, Job.Settings);
        var bytes = new ArrayBufferWriter<byte>();
        job.WriteTo(bytes);

        HashOf(bytes.WrittenSpan).Should().Be("dd7676b3c00e8848e9e9b8ce882c22a34fae0f61fa634cc4536300c5fc82321a");
    }

    [Fact]
    public void Job_WithACommittee_BytesHaveTheirHash()
    {
        ClientId[] names = [Client, new ClientId("hospital-2"), new ClientId("hospital-3"), new ClientId("hospital-4")];
        ClientIdentity[] identities = [.. names.Select((name, i) => CreateClient(name, (byte)(5 + i)))];
        var settings = new FederationSettings { Rounds = 7, ClientsPerRound = 4, Quorum = 3 };
        var terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, 1000);
        KeyAdditiveParameters parameters = FederationJob.PlanRoundKeys(settings, terms);
        var authority = new AuthorityInfo(parameters.SchemeName, parameters.Id, new KeyId(new byte[16]), FirstKey);
        var job = new FederationJob(
            JobId,
            authority,
            Server.VerificationKey,
            ClientRoster.Of(identities),
            terms,
            Digest.Compute("initial model"u8),
            settings,
            committee: new CommitteeTerms(names, corrupt: 1, KeyExchange.P256MLKem768));
        var bytes = new ArrayBufferWriter<byte>();
        job.WriteTo(bytes);
        Array.ForEach(identities, identity => identity.Dispose());

        HashOf(bytes.WrittenSpan).Should().Be("fc5dd795d0440209694a9881a8372ffe701aaa0b11d4e8bace8a8a46aa3319c2");
        FederationJob.TryRead(bytes.WrittenSpan, parameters.Id, WireLimits.Default, out FederationJob? read, out _).Should().BeTrue();
        read.Should().Be(job);
        read!.Committee.Should().Be(job.Committee);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_BytesBeforeTheSignature_HaveTheirHash(MessageKind kind, string expected)
        => HashOf(Bytes(kind)).Should().Be(expected);

    [Theory]
    [InlineData(false, false, 0)]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 2)]
    [InlineData(true, true, 3)]
    public void Announcement_SaysInOneByteWhatCountsLessAndWhoHasWithdrawn(bool isCapped, bool isWithdrawn, byte flags)
    {
        var message = new Announcement(JobId, Client, Job.Digest, Job.Terms.Mask.Digest, 1, isCapped, 0, default) { IsWithdrawn = isWithdrawn };
        using ClientIdentity identity = CreateClient(Client, privateKey: 5);
        byte[] bytes = MessageFormat.WriteSigned(message, Context.ParametersId, identity);
        byte[] body = bytes[..^MessageSignature.SizeInBytes];

        // Behind the byte come the round of the model, the length of no proof, and the epoch.
        body[^13].Should().Be(flags);
        MessageFormat.TryRead(bytes, Context.ParametersId, bytes.Length, out FederationMessage? read, out _).Should().BeTrue();
        read.Should().BeOfType<Announcement>().Which.Should().Match<Announcement>(one => one.IsCapped == isCapped && one.IsWithdrawn == isWithdrawn && one.Epoch == 1);
        bytes[body.Length - 13] = 4;
        MessageFormat.TryRead(bytes, Context.ParametersId, bytes.Length, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void ServerState_Bytes_HaveTheirHash()
    {
        using FederationServer server = CreateServer(Job);
        server.StartUp();
        server.Receive(new byte[3]);
        var state = new ArrayBufferWriter<byte>();
        server.SaveState(state);

        HashOf(Pinned(state.WrittenSpan, undelivered: [])).Should().Be("81cacaecbf472b3dca067f39b2d0dac38e4b88103ba4eebeb1029acc29e6c217");
    }

    [Fact]
    public void ServerState_WithAnAcceptedUpload_BytesHaveTheirHash()
    {
        using ClientIdentity identity = CreateClient(Client, privateKey: 5);
        using ClientIdentity other = CreateClient(new ClientId("hospital-2"), privateKey: 6);
        FederationJob job = CreateJob(EncryptionMask.InsecureNone(TestModel.Layout));
        using FederationServer server = CreateServer(job);
        using KeyPair keys = Context.GenerateKeyPair();
        var slot = new UploadSlot(JobId, round: 1, attempt: 1, Client);
        var update = new ArrayBufferWriter<byte>();
        new UpdateEncryptor(Context.CreateEncryptor(keys.PublicKey), Context.Public, job.Terms)
            .Write(TestModel.Map(TestModel.Create(seed: 1), (_, i) => i / 16.0), weight: 17, slot, update);
        foreach (ClientIdentity client in (ClientIdentity[])[identity, other])
        {
            Handle(new Announcement(JobId, client.Client, job.Digest, job.Terms.Mask.Digest, 1, false, 0, default), client);
        }

        server.StartUp();
        IReadOnlyList<OutgoingMessage> undelivered = Handle(new Upload(slot, update.WrittenMemory), identity);
        var state = new ArrayBufferWriter<byte>();
        server.SaveState(state);

        server.Contributions.Should().ContainSingle();
        HashOf(Pinned(state.WrittenSpan, undelivered)).Should().Be("8d67b55b8b7dd9f88bdc5af49ec67dd7ce2c6212986754375df4fa0a8f74d4a1");

        IReadOnlyList<OutgoingMessage> Handle(ClientMessage message, ClientIdentity sender)
            => server.Receive(MessageFormat.WriteSigned(message, Context.ParametersId, sender));
    }

    [Fact]
    public void ServerState_WithAWithdrawnClient_BytesHaveTheirHash()
    {
        using ClientIdentity identity = CreateClient(Client, privateKey: 5);
        FederationJob job = CreateJob(update: ControlFixture.Update);
        using FederationServer server = CreateServer(job);
        server.StartUp();
        var withdrawal = new Announcement(JobId, Client, job.Digest, job.Terms.Mask.Digest, 1, false, 0, default) { IsWithdrawn = true };
        IReadOnlyList<OutgoingMessage> undelivered = server.Receive(MessageFormat.WriteSigned(withdrawal, Context.ParametersId, identity));
        var state = new ArrayBufferWriter<byte>();
        server.SaveState(state);

        byte[] pinned = Pinned(state.WrittenSpan, undelivered);
        pinned[^(sizeof(int) + 2 + Client.Value.Length)..].Should().Equal([1, 0, 0, 0, 10, 0, .. "hospital-1"u8]);
        HashOf(pinned).Should().Be("ac11a2b1afa60b75f62d4d53718c94908fb41885e019577ba1ebd2aa4948bbc5");
    }

    private static FederationServer CreateServer(FederationJob job) => new(new FederationServerSetup
    {
        Context = Context.Public,
        Job = job,
        Identity = Server,
        Safety = new FederationSafety { AllowInsecure = true },
        Time = new ManualTime(),
    });

    private static FederationJob CreateJob(EncryptionMask? mask = null, UpdateTerms? update = null)
    {
        var authority = new AuthorityInfo(Context.Parameters.SchemeName, Context.ParametersId, new KeyId(new byte[16]), FirstKey);
        var terms = new AggregationTerms(TestModel.Layout, mask ?? EncryptionMask.All(TestModel.Layout), Weighting.Clear, update is null ? 1000 : 1);
        ClientIdentity[] identities = [.. Enumerable.Range(1, update is null ? 2 : 4).Select(i => CreateClient(new ClientId($"hospital-{i}"), (byte)(4 + i)))];
        ClientRoster roster = ClientRoster.Of(identities);
        Array.ForEach(identities, identity => identity.Dispose());
        return new FederationJob(JobId, authority, Server.VerificationKey, roster, terms, Digest.Compute("initial model"u8), new FederationSettings
        {
            Rounds = 7,
            ClientsPerRound = mask is null ? 5 : 2,
            Quorum = identities.Length,
            MinimumContributors = identities.Length,
            Training = new TrainingSettings { LocalEpochs = 3, BatchSize = 8, LearningRate = 0.125 },
        }, protection: mask is null ? JobProtection.RoundKeys : JobProtection.Direct, update: update);
    }

    private static byte[] Bytes(MessageKind kind)
    {
        FederationMessage message = kind switch
        {
            MessageKind.KeyRequest => new KeyRequestMessage(JobId, Client, FirstKey.Encoded.ToArray(), "ticket"u8.ToArray()),
            MessageKind.KeyRefusal => new KeyRefusal(JobId, KeyRefusalReason.UnknownClient),
            MessageKind.KeyGrant => new KeyGrantMessage(
                JobId, Client, new KeyId(new byte[16]), FirstKey.Encoded.ToArray(), "public"u8.ToArray(), "secret"u8.ToArray()),
            MessageKind.Announcement => new Announcement(JobId, Client, Job.Digest, Job.Terms.Mask.Digest, 1, false, 0, default),
            MessageKind.Invitation => new Invitation(Slot, Digest.Compute("aggregate"u8), 1),
            MessageKind.Upload => new Upload(Slot, "update"u8.ToArray()),
            MessageKind.Acknowledgement => new Acknowledgement(JobId, Digest.Compute("message"u8), RefusalReason.TooLate),
            MessageKind.Aggregate => new AggregateMessage(JobId, 4, "aggregate"u8.ToArray()),
            MessageKind.AggregateRequest => new AggregateRequest(JobId, Client, 3, 0),
            MessageKind.Confirmation => new Confirmation(JobId, Client, 4, Digest.Compute("chain"u8)),
            MessageKind.Objection => new Objection(JobId, Client, 4, Digest.Compute("chain"u8), InspectedPart.Values),
            MessageKind.Inquiry => new Inquiry(Slot, Digest.Compute("list"u8), InspectedPart.Values),
            MessageKind.Showing => new Showing(Slot, Digest.Compute("list"u8), InspectedPart.Keys, "shown"u8.ToArray()),
            MessageKind.CheckRequest => new CheckRequest(
                Slot, 17, Digest.Compute("nonce"u8), 1000, Digest.Compute("list"u8), InspectedPart.Values, "shown"u8.ToArray(), Digest.Compute("shown"u8)),
            MessageKind.Verdict => new Verdict(
                new ClientId("hospital-2"), Slot, Digest.Compute("list"u8), InspectedPart.Keys, Digest.Compute("shown"u8), IsRight: true),
            MessageKind.KeySum => new KeySumMessage(JobId, 4, "keys"u8.ToArray()),
            MessageKind.KeyApproval => new KeyApproval(JobId, Client, 4, Digest.Compute("list"u8)),
            MessageKind.MemberKeyRequest => new MemberKeyRequest(JobId, 4),
            MessageKind.MemberKey => new MemberKeyMessage(JobId, Client, 1, 4, "key"u8.ToArray()),
            MessageKind.BoxDelivery => new BoxDelivery(JobId, Client, 4, "boxes"u8.ToArray()),
            MessageKind.BoxReport => new BoxReport(JobId, Client, 4, 2, [new ClientId("hospital-2")]),
            MessageKind.ListOffer => new ListOffer(JobId, 4, "list"u8.ToArray()),
            MessageKind.ShareAnswer => new ShareAnswer(JobId, Client, 4, Digest.Compute("list"u8), "share"u8.ToArray()),
            MessageKind.EpochOffer => new EpochOffer(JobId, 5, Digest.Compute("chain"u8), "plan"u8.ToArray()),
            MessageKind.EpochVote => new EpochVote(JobId, Client, 5, 2, Digest.Compute("epoch"u8)),
            MessageKind.Epoch => new EpochMessage(JobId, 5, "certificate"u8.ToArray()),
            MessageKind.Confirmations => new ConfirmationsMessage(JobId, 4, [new RelayedConfirmation(Client, new byte[64])]),
            MessageKind.History => new HistoryMessage(JobId, ["list 1"u8.ToArray(), "list 2"u8.ToArray()]),
            _ => new Conclusion(JobId, FederationOutcome.QuorumNotReached, 0),
        };
        using ClientIdentity identity = ClientIdentity.Create(Client);
        return message switch
        {
            ClientMessage signed => TestBench.Unsigned(MessageFormat.WriteSigned(signed, Context.ParametersId, identity)),
            ServerMessage signed => TestBench.Unsigned(MessageFormat.WriteSigned(signed, Context.ParametersId, Server)),
            KeyGrantMessage signed => TestBench.Unsigned(MessageFormat.WriteSigned(signed, Context.ParametersId, identity.Key)),
            _ => MessageFormat.Write((KeyRefusal)message, Context.ParametersId),
        };
    }

    /// <summary>The server whose private key is 3, so that its public key is always the same.</summary>
    private static ServerIdentity CreateServer() => new(PrivateKey(3));

    /// <summary>A client whose private key is a small number.</summary>
    private static ClientIdentity CreateClient(ClientId client, byte privateKey) => new(client, PrivateKey(privateKey));

    private static ECDsa PrivateKey(byte number)
    {
        byte[] scalar = new byte[32];
        scalar[^1] = number;
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    private static VerificationKey Key(string point)
    {
        byte[] encoded = Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D03010703420004" + point);
        VerificationKey.TryParse(encoded, out VerificationKey? key).Should().BeTrue();
        return key!;
    }

    /// <summary>
    /// A saved state without what is never the same twice: the random name of the server's life, the messages in the outbox, the
    /// digest and the signature.
    /// </summary>
    private static byte[] Pinned(ReadOnlySpan<byte> state, IReadOnlyList<OutgoingMessage> undelivered)
    {
        const int FieldsBeforeBytes = 2 + 1 + 1 + sizeof(int);
        const int End = 32 + 64;
        const int LifeId = 48 + 32 + sizeof(int);
        int outbox = sizeof(int) + undelivered.Sum(message => FieldsBeforeBytes + message.Recipient!.Value.Value.Length + message.Bytes.Length);
        byte[] pinned = state[..^(End + outbox)].ToArray();
        pinned.AsSpan(LifeId, 16).Clear();
        return pinned;
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
