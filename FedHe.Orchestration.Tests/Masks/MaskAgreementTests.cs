using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;
using FedHe.TestKit.Schemes;

namespace FedHe.Orchestration.Tests.Masks;

public sealed class MaskAgreementTests
{
    private const long MaxWeight = 100;

    private static readonly MaskPolicy Policy = MaskPolicy.Parse("top(0.3) | layers(output)");
    private static readonly ModelParameters Model = TestModel.Create(seed: 1);

    // The others have no room for 8 bits of five maps: they are refused, see SensitivityTermsTests.
    public static TheoryData<string, VectorForm> Schemes
    {
        get
        {
            var data = new TheoryData<string, VectorForm>();
            foreach (SchemeUnderTest scheme in SchemeRegistry.All.Except(
                [SchemeRegistry.CkksSmallest, SchemeRegistry.CkksSmallestSlots, SchemeRegistry.CkksExactFields]))
            {
                data.Add(scheme.Name, VectorForm.Seeded);
                data.Add(scheme.Name, VectorForm.Full);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Agreement_FiveClientsOfDifferentData_FindOneMaskOnEveryScheme(string scheme, VectorForm form)
    {
        HeContext context = SchemeRegistry.All.Single(each => each.Name == scheme).Context;

        AgreedMask agreed = await InProcessMaskAgreement.RunAsync(Setup(context) with { UploadForm = form }, Sources(5), Policy);

        agreed.Digests.Should().HaveCount(5);
        agreed.Digests.Values.Should().OnlyContain(digest => digest == agreed.Mask.Digest);
        agreed.Mask.Digest.Should().Be(PlaintextMask(context, form, [1, 2, 3, 4, 5]).Digest);
        agreed.Report.Contributions.Should().HaveCount(5)
            .And.OnlyContain(contribution => contribution.Receipt.ClearCount == 0 && contribution.Weight == 1);
        agreed.Costs.BytesUp.Should().BePositive();
    }

    [Fact]
    public async Task Agreement_WithADropout_IsThatOfTheOthers()
    {
        HeContext context = SchemeRegistry.CkksAggregation.Context;
        var setup = Setup(context) with
        {
            Faults = message => message is { Kind: MessageKind.Upload, Client.Value: "hospital-2" }
                ? []
                : [new Delivery(message.Bytes, TimeSpan.Zero)],
        };

        AgreedMask agreed = await InProcessMaskAgreement.RunAsync(setup, Sources(5), Policy);

        agreed.Report.Contributions.Should().HaveCount(4);
        agreed.Digests.Should().HaveCount(5, "a key holder needs no map of its own to find the mask");
        agreed.Mask.Digest.Should().Be(PlaintextMask(context, VectorForm.Seeded, [1, 3, 4, 5]).Digest);
    }

    [Fact]
    public async Task Agreement_WithoutAQuorum_Fails()
    {
        Dictionary<ClientId, SensitivitySource> sources = Sources(3);
        foreach (ClientId client in sources.Keys.Take(2).ToList())
        {
            sources[client] = (_, _) => throw new InvalidOperationException("The data is gone.");
        }

        Func<Task> act = () => InProcessMaskAgreement.RunAsync(Setup(SchemeRegistry.Plain.Context), sources, Policy);

        await act.Should().ThrowAsync<MaskNotAgreedException>().WithMessage("*The data is gone.*");
    }

    [Fact]
    public async Task Agreement_ParametersTooCoarseForTheClients_IsRefusedBeforeAnythingRuns()
    {
        Dictionary<ClientId, SensitivitySource> sources = Sources(5);
        sources[sources.Keys.First()] = (_, _) => throw new InvalidOperationException("Nobody should ask.");

        Func<Task> act = () => InProcessMaskAgreement.RunAsync(
            Setup(SchemeRegistry.CkksSmallest.Context) with { Protection = JobProtection.Direct }, sources, Policy);

        (await act.Should().ThrowAsync<PlanRefusedException>()).Which.Error.Should().Be(PlanError.PrecisionBelowRequired);
    }

    [Fact]
    public async Task Agreement_JobKeyTooSmallForRoundKeys_IsRefusedBeforeAnythingRuns()
    {
        Dictionary<ClientId, SensitivitySource> sources = Sources(5);
        sources[sources.Keys.First()] = (_, _) => throw new InvalidOperationException("Nobody should ask.");

        Func<Task> act = () => InProcessMaskAgreement.RunAsync(Setup(SchemeRegistry.CkksSmallest.Context), sources, Policy);

        await act.Should().ThrowAsync<HeCapacityException>();
    }

    [Fact]
    public async Task Agreement_PolicyThatNeedsNoSensitivity_IsRefused()
    {
        Func<Task> act = () => InProcessMaskAgreement.RunAsync(
            Setup(SchemeRegistry.Plain.Context), Sources(3), MaskPolicy.FirstLayer);

        await act.Should().ThrowAsync<ArgumentException>().WithMessage("*needs no sensitivity*");
    }

    [Fact]
    public async Task Federation_UnderAnAgreedMask_StatesItInEveryReceipt()
    {
        InProcessFederationSetup setup = Setup(SchemeRegistry.CkksAggregation.Context);
        AgreedMask agreed = await InProcessMaskAgreement.RunAsync(setup, Sources(5), Policy);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(UnderMask(setup, agreed.Mask, agreed.Digests));

        await foreach (RoundResult outcome in federation.RunAsync())
        {
            outcome.Report.Contributions.Should().HaveCount(5).And.OnlyContain(contribution =>
                contribution.Receipt.MaskDigest == agreed.Mask.Digest
                && contribution.Receipt.EncryptedCount == agreed.Mask.EncryptedCount
                && contribution.Receipt.ClearCount == agreed.Mask.ClearCount);
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Client_WithOneChangedBitInItsMask_RefusesTheJobBeforeTraining()
    {
        InProcessFederationSetup setup = Setup(SchemeRegistry.Plain.Context);
        AgreedMask agreed = await InProcessMaskAgreement.RunAsync(setup, Sources(5), Policy);
        var digests = new Dictionary<ClientId, Digest>(agreed.Digests)
        {
            [new ClientId("hospital-4")] = WithOneBitChanged(agreed.Mask).Digest,
        };

        Func<Task> act = () => InProcessFederation.CreateAsync(UnderMask(setup, agreed.Mask, digests));

        await act.Should().ThrowAsync<HeMismatchException>().WithMessage("*mask is not the one*");
        setup.Trainers.Values.Cast<FakeTrainer>().Should().OnlyContain(trainer => trainer.Results.Count == 0);
    }

    [Fact]
    public async Task Server_ClientWithOneChangedBitInItsMask_IsRefusedBeforeTraining()
    {
        EncryptionMask mask = PlaintextMask(SchemeRegistry.Plain.Context, VectorForm.Seeded, [1, 2, 3]);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Mask = mask });
        EncryptionMask changed = WithOneBitChanged(mask);
        var terms = new AggregationTerms(TestModel.Layout, changed, Weighting.Clear, bench.Options.MaxWeight);
        var job = new FederationJob(
            bench.JobId, bench.Authority.Info, bench.Job.ServerKey, bench.Roster, terms, bench.Job.InitialModelDigest, bench.Job.Settings);
        var client = new FederationClient(bench.ClientSetup(0) with { Job = job, AgreedMask = changed.Digest });

        IReadOnlyList<OutgoingMessage> answer = bench.Server.Receive(client.Announce());
        await client.ReceiveAsync(answer.Single().Bytes);

        bench.ReasonIn(answer).Should().Be(RefusalReason.WrongMask);
        client.LastRefusal.Should().Be(RefusalReason.WrongMask);
        bench.Server.AvailableClients.Should().BeEmpty();
        bench.ReasonIn(bench.Server.Receive(bench.Clients[0].Announce())).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Agreement_OverAHostsOwnTransport_ServesTrainingWithTheSameGrant()
    {
        using HeContext context = Orchestration.Tests.Support.Schemes.Create("ckks");
        List<ClientIdentity> identities = [.. Enumerable.Range(1, 3).Select(i => ClientIdentity.Create(new ClientId($"hospital-{i}")))];
        ClientRoster roster = ClientRoster.Of(identities);
        var agreementId = Guid.NewGuid();
        using var authority = new KeyAuthority(agreementId, context, roster, new RosterAuthenticator());
        var settings = new FederationSettings { Rounds = 4, ClientsPerRound = 3, Quorum = 3 };
        using var identity = ServerIdentity.Create();
        FederationJob mapJob = MaskAgreement.CreateJob(
            agreementId, authority.Info, identity.VerificationKey, roster, context, Model, Policy, MaxWeight, settings);
        using var server = new FederationServer(new FederationServerSetup
        {
            Context = authority.PublicContext,
            Job = mapJob,
            Identity = identity,
        });
        var agreement = new MaskAgreement(mapJob, Model);
        List<ClientKeys> keys = [];
        List<FederationClient> clients = [];
        foreach (ClientIdentity client in identities)
        {
            using var request = new KeyRequest(mapJob, client);
            keys.Add(request.Open(context, (await authority.HandleAsync(request.Bytes)).Answer));
            clients.Add(new FederationClient(agreement.DescribeClient(client, keys[^1], Sources(3)[client.Client])));
        }

        clients.ForEach(client => server.Receive(client.Announce()));
        var messages = new Queue<OutgoingMessage>(server.StartUp());
        while (messages.TryDequeue(out OutgoingMessage message))
        {
            // Acknowledgements without a recipient go back to their sender; nobody needs them here.
            foreach (FederationClient client in clients.Where(client => client.Client == message.Recipient))
            {
                foreach (ReadOnlyMemory<byte> answer in await client.ReceiveAsync(message.Bytes))
                {
                    server.Receive(answer).ToList().ForEach(messages.Enqueue);
                }
            }
        }

        EncryptionMask[] masks = [.. clients.Select(client => agreement.MaskOf(client.LatestAverage!))];
        Digest expected = PlaintextMask(context, VectorForm.Seeded, [1, 2, 3]).Digest;
        masks.Should().OnlyContain(mask => mask.Digest == expected);
        var terms = new AggregationTerms(TestModel.Layout, masks[0], Weighting.Clear, MaxWeight);
        var job = new FederationJob(
            Guid.NewGuid(), authority.Info, identity.VerificationKey, roster, terms, FederationJob.DigestOf(Model), settings);
        Action train = () => _ = new FederationClient(new FederationClientSetup
        {
            Job = job,
            Identity = identities[0],
            Keys = keys[0],
            Trainer = new FakeTrainer(1, samples: 5),
            InitialModel = Model,
            AgreedMask = masks[0].Digest,
        });
        train.Should().NotThrow();
        keys.ForEach(key => key.Dispose());
        identities.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task Agreement_OfATrainingJobOrAnotherModel_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationJob job = CreateJob(bench);
        Action training = () => _ = new MaskAgreement(bench.Job, Model);
        Action model = () => _ = new MaskAgreement(job, TestModel.Create(seed: 2));

        training.Should().Throw<HeMismatchException>();
        model.Should().Throw<HeMismatchException>();
        new MaskAgreement(job, Model).Policy.Should().Be(Policy);
    }

    [Fact]
    public async Task Job_OfAnAgreement_CoversThePolicyAndTheWeightByItsDigest()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationJob job = CreateJob(bench);

        FederationJob read = Read(bench, BytesOf(job))!;

        read.Should().Be(job);
        read.MaskTerms!.Policy.ToString().Should().Be(Policy.ToString());
        read.MaskTerms.MaxWeight.Should().Be(MaxWeight);
        CreateJob(bench, MaskPolicy.Top(0.3)).Digest.Should().NotBe(job.Digest);
        CreateJob(bench, maxWeight: 99).Digest.Should().NotBe(job.Digest);
    }

    [Fact]
    public async Task Job_OfAnAgreementWithABadPolicy_IsNotRead()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] good = BytesOf(CreateJob(bench, MaskPolicy.Top(0.25)));
        foreach (string text in (string[])["top(0.75)", "top( 0.5)", "pot(0.25)", "top(2.25)", "layers(a)"])
        {
            byte[] bytes = [.. good];
            System.Text.Encoding.UTF8.GetBytes(text).CopyTo(bytes, bytes.AsSpan().IndexOf("top(0.25)"u8));

            (Read(bench, bytes) is not null).Should().Be(text == "top(0.75)", text);
        }
    }

    private static FederationJob CreateJob(TestBench bench, MaskPolicy? policy = null, long maxWeight = MaxWeight)
        => MaskAgreement.CreateJob(
            Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            bench.Authority.Info,
            bench.Job.ServerKey,
            bench.Roster,
            bench.Context,
            Model,
            policy ?? Policy,
            maxWeight,
            bench.Job.Settings);

    private static byte[] BytesOf(FederationJob job)
    {
        var buffer = new ArrayBufferWriter<byte>();
        job.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static FederationJob? Read(TestBench bench, byte[] bytes)
        => FederationJob.TryRead(bytes, bench.Context.ParametersId, WireLimits.Default, out FederationJob? job, out _) ? job : null;

    private static InProcessFederationSetup Setup(HeContext context)
    {
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, InProcessFederationTests.Trainers(5));
        return setup with { Settings = setup.Settings with { Quorum = 3 } };
    }

    private static InProcessFederationSetup UnderMask(
        InProcessFederationSetup setup, EncryptionMask mask, IReadOnlyDictionary<ClientId, Digest> digests) => setup with
        {
            Terms = new AggregationTerms(TestModel.Layout, mask, Weighting.Clear, setup.Terms.MaxWeight),
            AgreedMasks = digests,
        };

    private static Dictionary<ClientId, SensitivitySource> Sources(int count)
        => Enumerable.Range(1, count).ToDictionary(
            i => new ClientId($"hospital-{i}"),
            SensitivitySource (i) => (_, _) => Task.FromResult(new LocalSensitivity(Map(i), SamplesOf(i))));

    // The last ones exceed the largest weight and count as much as it.
    private static long SamplesOf(int client) => 30 * client;

    private static SensitivityMap Map(int client)
    {
        var random = new Random(client);
        return new SensitivityMap(
            TestModel.Layout,
            [.. Enumerable.Range(0, TestModel.Layout.ToArrayLength()).Select(_ => (float)(client * Math.Pow(random.NextDouble(), 4)))]);
    }

    /// <summary>The mask that a party who sees all maps would select.</summary>
    private static EncryptionMask PlaintextMask(HeContext context, VectorForm form, params int[] clients)
    {
        var terms = SensitivityTerms.Create(context.Public, TestModel.Layout, clients.Max(), MaxWeight, form);
        var sum = new uint[TestModel.Layout.ParameterCount];
        var values = new double[sum.Length];
        foreach (int client in clients)
        {
            terms.Quantize(Map(client), Math.Min(SamplesOf(client), MaxWeight)).CopyFlatTo(0, values);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += (uint)values[i];
            }
        }

        return Policy.Select(new GlobalSensitivity(TestModel.Layout, sum));
    }

    private static EncryptionMask WithOneBitChanged(EncryptionMask mask)
    {
        var encrypted = new uint[mask.EncryptedCount];
        encrypted.AsSpan().Fill(1);
        var flat = new uint[mask.ParameterCount];
        mask.ScatterEncrypted<uint>(encrypted, flat);
        flat[Array.IndexOf(flat, 0u)] = 1;
        return MaskPolicy.Top((mask.EncryptedCount + 1.0) / mask.ParameterCount).Select(new GlobalSensitivity(TestModel.Layout, flat));
    }
}
