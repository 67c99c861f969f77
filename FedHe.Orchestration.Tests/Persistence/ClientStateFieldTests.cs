using System.Buffers;
using System.Reflection;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Updates;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>Every field of a client's state comes back, and none out of its range does.</summary>
public sealed class ClientStateFieldTests : IDisposable
{
    // A request is of one life: a resumed client asks again. The invitation that waits for the answer is sent again by the server.
    // The model that differences are added to, the moments of an optimizer, what is kept of a squeeze and of control variates, the clip, correlated noise, noised counts, and the ledger of privacy terms have jobs and tests of their own.
    // The moments after the latest sum follow when it is opened again.
    private static readonly string[] NotSaved =
        [nameof(ClientState.StoredModel), nameof(ClientState.Template), nameof(ClientState.BaseModel), nameof(ClientState.BaseMoments), nameof(ClientState.Moments), nameof(ClientState.Squeeze), nameof(ClientState.Controls), nameof(ClientState.ClipPosition), nameof(ClientState.BaseClipPosition), nameof(ClientState.Privacy), nameof(ClientState.Noise), nameof(ClientState.SavedNoise), nameof(ClientState.NoisedCount), nameof(ClientState.Pending), nameof(ClientState.RequestedRound), nameof(ClientState.RequestedLatest), nameof(ClientState.IsRequestOpen), nameof(ClientState.IsChanged)];

    private readonly PasswordProtector _protector = new("correct horse battery");

    public static TheoryData<string> Limits => [.. Changes.Keys];

    private static Dictionary<string, Action<ClientState>> Changes { get; } = new()
    {
        ["model beyond the last round"] = state => (state.ModelRound, state.ChainRound) = (4, 4),
        ["chain before the model"] = state => state.ChainRound = state.ModelRound - 1,
        ["chain beyond the last round"] = state => state.ChainRound = 4,
        ["latest round beyond the last"] = state => state.LatestRound = 4,
        ["negative latest round"] = state => state.LatestRound = -1,
        ["unknown outcome"] = state => state.Outcome = (FederationOutcome)77,
        ["refused round beyond the last"] = state => state.RefusedRound = 4,
        ["values seen of a round beyond the last"] = state => state.Seen = (4, 1),
        ["values seen of an attempt beyond the last"] = state => state.Seen = (1, 3),
        ["answered round beyond the last"] = state => state.AnsweredRound = 4,
        ["negative answered round"] = state => state.AnsweredRound = -1,
        ["void because of an unknown part"] = state => state.Void = state.Void! with { Part = (InspectedPart)3 },
        ["showing of an unknown part"] = state => state.Upload!.Showing = state.Upload.Showing! with { Part = (InspectedPart)3 },
        ["negative life of the server"] = state => state.Server = (-1, Guid.NewGuid()),
        ["model without an aggregate"] = state => state.AggregateMessage = null,
        ["aggregate without a model"] = state => state.ModelRound = 0,
        ["more failed lists than a client remembers"] =
            state => state.FailedLists.UnionWith(Enumerable.Range(0, 1001).Select(i => Digest.Compute(BitConverter.GetBytes(i)))),
    };

    public void Dispose() => _protector.Dispose();

    [Fact]
    public async Task State_WrittenAndRead_HasEveryField()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 3 });
        ClientState state = Full(bench);

        ClientState read = ClientStateFormat.Read(Write(bench, state), SetupOf(bench), state.Stamp);

        foreach (PropertyInfo property in typeof(ClientState).GetProperties().Where(property => property.CanWrite && !NotSaved.Contains(property.Name)))
        {
            string written = Describe(property.GetValue(state));
            written.Should().NotBe(Describe(property.GetValue(new ClientState(new EpochLine(bench.Job)))), $"{property.Name} needs a value that is not its first one");
            Describe(property.GetValue(read)).Should().Be(written, property.Name);
        }

        read.FailedLists.Should().Equal(state.FailedLists);
        read.Template!.Get<long>("steps")[0].Should().Be(77, "buffers are the client's own");
    }

    [Fact]
    public async Task State_OfAJobWithPrivacyTerms_HasItsBaseModelAndItsLedger()
    {
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy()));
        var ledger = new SumLedger(bench.Job);
        ledger.Add(new ContributorList(
            1,
            2,
            ReferenceWeight: 1,
            bench.Job.StartDigest,
            [.. bench.Identities.Select(identity => new Contributor(identity.Client, 1, default))],
            [Digest.Compute("a"u8), Digest.Compute("b"u8)],
            new byte[32],
            []), uploaded: null);
        var state = new ClientState(new EpochLine(bench.Job))
        {
            ModelRound = 1,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = 1,
            ChainDigest = Digest.Compute("model"u8),
            LatestRound = 1,
            AggregateMessage = "aggregate"u8.ToArray(),
            BaseModel = TestModel.Create(seed: 3, steps: 5),
            Privacy = ledger,
        };

        ClientState read = ClientStateFormat.Read(Write(bench, state), SetupOf(bench), newest: null);

        TestModel.Flat(read.BaseModel!).Should().Equal(TestModel.Flat(state.BaseModel!));
        read.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1), new PrivacyCharge(1, 4, 1));
        state.Privacy = new SumLedger(bench.Job);
        Action without = () => ClientStateFormat.Read(Write(bench, state), SetupOf(bench), newest: null);
        without.Should().Throw<StateRefusedException>("no round is without a charge").Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_OfAJobWithAnAdaptiveClip_HasTheClipThatItsSumWasClippedAt()
    {
        PrivacyTerms terms = PrivacyTermsTests.Terms() with { AdaptiveClip = new AdaptiveClipTerms(0.5, 0.2, bitVariance: 4) };
        using TestBench bench = await TestBench.CreateAsync(PrivacyTermsTests.Options(new FakePrivacy(), terms));
        var ledger = new SumLedger(bench.Job);
        ledger.Add(new ContributorList(
            1, 1, 1, bench.Job.StartDigest, [.. bench.Identities.Select(identity => new Contributor(identity.Client, 1, default))], [], default, []), uploaded: null);
        var state = new ClientState(new EpochLine(bench.Job))
        {
            ModelRound = 1,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = 1,
            ChainDigest = Digest.Compute("model"u8),
            LatestRound = 1,
            AggregateMessage = "aggregate"u8.ToArray(),
            BaseModel = TestModel.Create(seed: 3, steps: 5),
            BaseClipPosition = -123_456_789,
            Privacy = ledger,
        };

        ClientState read = ClientStateFormat.Read(Write(bench, state), SetupOf(bench), newest: null);

        (read.BaseClipPosition, read.ClipPosition).Should().Be((-123_456_789, 0), "the position after the sum follows from the sum");
        TestModel.Flat(read.BaseModel!).Should().Equal(TestModel.Flat(state.BaseModel!));
        read.Template.Should().NotBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task State_OfAJobWithAnOptimizer_HasItsMoments(bool isAdaptive)
    {
        ServerOptimizer optimizer = isAdaptive ? ServerOptimizer.Adam(0.1) : ServerOptimizer.Momentum(0.1);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference, optimizer: optimizer) });
        float[] first = [.. Enumerable.Range(0, 24).Select(i => i - 7.5f)];
        float[] second = isAdaptive ? [.. Enumerable.Range(0, 24).Select(i => i + 0.25f)] : [];
        ClientState StateWith(OptimizerMoments? moments) => new(new EpochLine(bench.Job))
        {
            ModelRound = 1,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = 1,
            ChainDigest = Digest.Compute("model"u8),
            LatestRound = 1,
            AggregateMessage = "aggregate"u8.ToArray(),
            BaseModel = TestModel.Create(seed: 3, steps: 5),
            BaseMoments = moments,
        };
        OptimizerMoments? Reread(OptimizerMoments? moments)
            => ClientStateFormat.Read(Write(bench, StateWith(moments)), SetupOf(bench), newest: null).BaseMoments;

        OptimizerMoments read = Reread(OptimizerMoments.Of(optimizer, first, second))!;

        read.First.ToArray().Should().Equal(first);
        read.Second.ToArray().Should().Equal(second);
        var tooFew = OptimizerMoments.Initial(optimizer, 23);
        var step = new OptimizerStep(optimizer, OptimizerMoments.Initial(optimizer, 24));
        step.Move(0, [.. Enumerable.Repeat(double.NaN, 24)], new double[24]);
        foreach (OptimizerMoments? wrong in (OptimizerMoments?[])[null, tooFew, step.After])
        {
            FluentActions.Invoking(() => Reread(wrong)).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
        }
    }

    [Fact]
    public async Task State_OfAJobWithControls_HasItsControlVariatesBeforeAndAfterTheFirstSum()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            Clients = 5,
            Quorum = 4,
            MinimumContributors = 4,
            MaxWeight = 1,
            MaxAttempts = 3,
            Update = ControlFixture.Update,
            Protection = JobProtection.RoundKeys,
        });
        ControlVariate Of(float first) => ControlVariate.TryCreate([.. Enumerable.Range(0, 24).Select(i => first + i)])!;
        var invitation = new Invitation(bench.Slot(0, round: 2, attempt: 1), Digest.Compute([1]), 1, wasPublished: false);
        byte[] bytes = bench.SignedUpload(0, "update"u8.ToArray(), round: 2, attempt: 1);
        ClientState StateWith(int round, bool isLost, double totalStep = 0.75) => new(new EpochLine(bench.Job))
        {
            ModelRound = round,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = round,
            ChainDigest = Digest.Compute("model"u8),
            LatestRound = round,
            AggregateMessage = round == 0 ? default(ReadOnlyMemory<byte>?) : "aggregate"u8.ToArray(),
            BaseModel = round == 0 ? null : TestModel.Create(seed: 3, steps: 5),
            Controls = new ControlKeeper(Of(0.5f), Of(-7), isLost),
            Result = new TrainedResult(invitation, TestModel.Create(seed: 7, steps: 77), TotalStep: totalStep),
            Upload = new SentUpload(invitation, new SignedMessage(bytes), MessageSignature.DigestOf(bytes, bench.Parse(bytes))),
        };
        ContributorList ListOf(int attempt, string nonce) => new(
            2, attempt, 1, default, [new Contributor(bench.Identities[0].Client, 1, Digest.Compute(Encoding.UTF8.GetBytes(nonce)))], [], default, []);
        ClientState Sending(ClientState state, params int[] attempts)
        {
            foreach (int attempt in attempts)
            {
                state.Controls!.Sent.Add(new SentControl(2, attempt, Digest.Compute(Encoding.UTF8.GetBytes($"nonce {attempt}")), Of(attempt == 1 ? 9 : 11)));
            }

            return state;
        }

        ClientState Reread(ClientState state) => ClientStateFormat.Read(Write(bench, state), SetupOf(bench), newest: null);

        foreach ((int round, bool isLost, int[] attempts) in ((int, bool, int[])[])[(0, false, [1]), (1, true, []), (1, false, [3, 2, 1])])
        {
            ClientState read = Reread(Sending(StateWith(round, isLost), attempts));
            read.Controls!.IsLost.Should().Be(isLost);
            read.Controls.BaseMean.Values.ToArray().Should().Equal(Of(0.5f).Values.ToArray());
            read.Controls.Mean.Values.ToArray().Should().Equal(Of(0.5f).Values.ToArray(), "the one after the sum follows from the sum");
            read.Controls.Own.Values.ToArray().Should().Equal(Of(-7).Values.ToArray());
            read.Controls.Sent.Slots.Select(slot => slot.Attempt).Should().Equal(attempts);
            read.Controls.Sent.Trainings.Should().HaveCount(attempts.Length == 3 ? 2 : attempts.Length, "attempts 3 and 2 are of one training");
            foreach (int attempt in attempts)
            {
                Contributor listed = ListOf(attempt, $"nonce {attempt}").Contributors.Single();
                read.Controls.Sent.Find(ListOf(attempt, $"nonce {attempt}"), listed)!.Values.ToArray().Should().Equal(Of(attempt == 1 ? 9 : 11).Values.ToArray());
                read.Controls.Sent.Find(ListOf(attempt, "other"), listed with { Nonce = default }).Should().BeNull();
            }

            read.Result!.TotalStep.Should().Be(0.75);
        }

        foreach (ClientState wrong in (ClientState[])[StateWith(1, false, totalStep: 0), Sending(StateWith(1, false), 1, 2)])
        {
            FluentActions.Invoking(() => Reread(wrong)).Should().Throw<StateRefusedException>("a result has a step, and the last upload is the latest").Which.Error.Should().Be(StateError.Inconsistent);
        }
    }

    [Theory]
    [InlineData("right", null)]
    [InlineData("other rows", StateError.Inconsistent)]
    [InlineData("no sequence", StateError.Inconsistent)]
    [InlineData("other protector", StateError.NotUnprotected)]
    [InlineData("other client", StateError.NotUnprotected)]
    public async Task State_OfAJobWithCorrelatedNoise_HasItsSequenceAndItsNoise(string what, StateError? expected)
    {
        using TestBench bench = await TestBench.CreateAsync(CorrelationTermsTests.Options(CorrelationTermsTests.Gradients()));
        var ledger = new SequenceLedger(bench.Job);
        ledger.Add(new ContributorList(
            1,
            1,
            ReferenceWeight: 1,
            bench.Job.StartDigest,
            [.. bench.Identities.Take(what == "no sequence" ? 3 : 4).Select(identity => new Contributor(identity.Client, 1, default))],
            [Digest.Compute("a"u8), Digest.Compute("b"u8)],
            new byte[32],
            []), uploaded: null);

        var mechanism = (FakeCorrelatedPrivacy.Mechanism)new FakeCorrelatedPrivacy().Create(bench.Job);
        for (int row = 0; row < (what == "other rows" ? 2 : 1); row++)
        {
            mechanism.AddNoise(new long[4], new long[4]);
            mechanism.Keep();
        }

        var state = new ClientState(new EpochLine(bench.Job))
        {
            ModelRound = 1,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = 1,
            ChainDigest = Digest.Compute("model"u8),
            LatestRound = 1,
            AggregateMessage = "aggregate"u8.ToArray(),
            BaseModel = TestModel.Create(seed: 3, steps: 5),
            Privacy = ledger,
            Noise = new NoiseKeeper(mechanism, ledger),
        };
        byte[] bytes = Write(bench, state);
        using var other = new PasswordProtector("battery staple");
        ClientState? read = null;
        Action restore = () =>
        {
            read = ClientStateFormat.Read(bytes, SetupOf(bench), newest: null);
            PrivacyGuard.Of(
                what switch
                {
                    "other protector" => SetupOf(bench) with { Protector = other },
                    "other client" => bench.ClientSetup(1) with { Protector = _protector },
                    _ => SetupOf(bench),
                },
                read);
        };

        if (expected is not null)
        {
            restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(expected);
            return;
        }

        restore();
        read!.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 4, 1) { IsSequence = true });
        ((SequenceLedger)read.Privacy).Sequences.Rows.Should().Be(1);
        read.Noise!.HasNoiseFor(bench.Slot(0, round: 2, attempt: 1)).Should().BeTrue();
        read.SavedNoise.Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task State_OfAFieldOutOfItsRange_IsRefused(string change)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 3 });
        ClientState state = Full(bench);
        Changes[change](state);
        byte[] bytes = Write(bench, state);
        Action read = () => ClientStateFormat.Read(bytes, SetupOf(bench), newest: null);

        read.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_AtTheLimitsOfItsFields_IsRead()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 3 });
        ClientState state = Full(bench);
        (state.ModelRound, state.ChainRound, state.LatestRound, state.RefusedRound) = (3, 3, 3, 3);
        state.FailedLists.UnionWith(Enumerable.Range(0, 998).Select(i => Digest.Compute(BitConverter.GetBytes(i))));
        state.FailedLists.Should().HaveCount(1000);

        ClientState read = ClientStateFormat.Read(Write(bench, state), SetupOf(bench), newest: null);

        (read.ModelRound, read.FailedLists.Count).Should().Be((3, 1000));
    }

    private static string Describe(object? value) => value switch
    {
        null => "none",
        byte[] bytes => Convert.ToHexString(bytes),
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        SentUpload upload => $"{upload.Invitation} {Convert.ToHexString(upload.Message.Bytes.Span)} {upload.Digest} {upload.IsAcknowledged} "
            + $"{upload.Showing?.List} {upload.Showing?.Part} {Convert.ToHexString(upload.Showing is null ? default : upload.Showing.Signature.Span)}",
        TrainedResult result => $"{result.Invitation} {string.Join(' ', TestModel.Flat((ModelParameters)result.Model))}",
        _ => value.ToString()!,
    };

    private static ClientState Full(TestBench bench)
    {
        Invitation Invited(int attempt, bool wasPublished = false)
            => new(bench.Slot(0, round: 3, attempt), Digest.Compute([(byte)attempt]), 40 + attempt, wasPublished);

        byte[] upload = bench.SignedUpload(0, "update"u8.ToArray(), round: 3, attempt: 1);
        return new ClientState(new EpochLine(bench.Job))
        {
            ModelRound = 1,
            ModelDigest = Digest.Compute("model"u8),
            ChainRound = 2,
            ChainDigest = Digest.Compute("chain"u8),
            IsConfirmed = true,
            FailedLists = { Digest.Compute("first list"u8), Digest.Compute("second list"u8) },
            Opened = new OpenedList(2, 5, Digest.Compute("opened"u8)),
            Latest = Invited(attempt: 2),
            Refused = Digest.Compute("refused"u8),
            RefusedRound = 2,
            Trained = Invited(attempt: 1, wasPublished: true),
            Result = new TrainedResult(Invited(attempt: 2, wasPublished: true), TestModel.Create(seed: 7, steps: 77)),
            LatestRound = 2,
            Upload = new SentUpload(
                Invited(attempt: 1), new SignedMessage(upload), MessageSignature.DigestOf(upload, bench.Parse(upload)), isAcknowledged: true,
                new SentShowing(Digest.Compute("void list"u8), InspectedPart.Keys, Enumerable.Range(0, 64).Select(i => (byte)i).ToArray())),
            Void = new VoidAttempt(2, 1, Digest.Compute("base"u8), Digest.Compute("void list"u8), InspectedPart.Values, WithValues: true),
            Seen = (2, 1),
            AnsweredRound = 2,
            Voted = (2, 2),
            Statement = "statement"u8.ToArray(),
            AggregateMessage = "aggregate"u8.ToArray(),
            Evidence = "evidence"u8.ToArray(),
            Server = (4, Guid.NewGuid()),
            Proof = "proof"u8.ToArray(),
            EarlierProof = "earlier proof"u8.ToArray(),
            Version = 9,
            Outcome = FederationOutcome.QuorumNotReached,
        };
    }

    private FederationClientSetup SetupOf(TestBench bench) => bench.ClientSetup(0) with { Protector = _protector };

    private byte[] Write(TestBench bench, ClientState state)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ClientStateFormat.Write(state, SetupOf(bench), bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
