using System.Buffers;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Adapters;

/// <summary>The bytes of adapter terms, the jobs that they are refused in, and what their rounds take.</summary>
public sealed class AdapterTermsTests
{
    private delegate ReadOnlySpan<double> Values(string tensor);

    [Theory]
    [InlineData(AdapterMode.FreezeA, UpdateKind.Model, false, "4100000100")]
    [InlineData(AdapterMode.FreezeA, UpdateKind.Difference, true, "4200000101")]
    [InlineData(AdapterMode.Alternating, UpdateKind.Difference, false, "4200000200")]
    [InlineData(AdapterMode.NaiveAveraging, UpdateKind.Model, false, "4100000300")]
    public void Terms_OfEachMode_HaveTheseBytes(AdapterMode mode, UpdateKind kind, bool allowsClear, string expected)
    {
        var terms = new UpdateTerms(kind, adapters: AdapterFederationTests.TermsOf(mode) with { InsecureAllowsClearValues = allowsClear });
        var bytes = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(bytes));
        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(expected);
        var reader = new WireReader(bytes.WrittenSpan);
        UpdateTerms.Read(ref reader).Should().Be(terms);
        reader.Remaining.Should().Be(0);
    }

    [Theory]
    [InlineData("4200000000", FormatError.FieldOutOfRange)]
    [InlineData("4200000400", FormatError.FieldOutOfRange)]
    [InlineData("4200000202", FormatError.FieldOutOfRange)]
    [InlineData("4000000200", FormatError.FieldOutOfRange)]
    [InlineData("8200000200", FormatError.FieldOutOfRange)]
    [InlineData("4100000200", FormatError.Inconsistent)]
    [InlineData("43019a9999999999b93fcdccccccccccec3f0000000000000000000000000000000000000200", FormatError.Inconsistent)]
    [InlineData("42000002", FormatError.Truncated)]
    [InlineData("420000", FormatError.Truncated)]
    public void Terms_ThatCannotBe_AreRefused(string bytes, FormatError reason)
    {
        var reader = new WireReader(Convert.FromHexString(bytes));
        UpdateTerms.Read(ref reader).Should().BeNull();
        reader.Error.Should().Be(reason);
    }

    [Fact]
    public void Halves_BesideWhatIsOfAllValues_AreRefused()
    {
        ServerOptimizer optimizer = ServerOptimizer.Momentum(0.1, 0.9);
        Action models = () => _ = new UpdateTerms(adapters: AdapterTerms.Alternating);
        Action optimized = () => _ = new UpdateTerms(UpdateKind.Difference, optimizer: optimizer, adapters: AdapterTerms.FreezeA);
        Action squeezed = () => _ = new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(8), adapters: AdapterTerms.Alternating);
        Action privately = () => _ = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers, PrivacyTermsTests.Terms(), adapters: AdapterTerms.FreezeA);
        models.Should().Throw<ArgumentException>().WithMessage("*differences*");
        optimized.Should().Throw<ArgumentException>().WithMessage("*optimizer*");
        squeezed.Should().Throw<ArgumentException>().WithMessage("*squeeze*");
        privately.Should().Throw<ArgumentException>().WithMessage("*Privacy*");
        _ = new UpdateTerms(UpdateKind.Difference, optimizer: optimizer, adapters: AdapterTerms.NaiveAveraging);
    }

    [Fact]
    public void MovingIn_EachRound_TakesTurnsFromBOn()
    {
        Enumerable.Range(1, 4).Select(round => AdapterTerms.Alternating.MovingIn(round)).Should().Equal(AdapterHalf.B, AdapterHalf.A, AdapterHalf.B, AdapterHalf.A);
        Enumerable.Range(1, 2).Select(round => AdapterTerms.FreezeA.MovingIn(round)).Should().Equal(AdapterHalf.B, AdapterHalf.B);
        AdapterTerms.NaiveAveraging.MovingIn(1).Should().BeNull();
        AdapterTerms.Alternating.Invoking(terms => terms.MovingIn(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Job_OfAdaptersWithoutTermsOrBesideOthers_IsRefused()
    {
        ModelParameters initial = AdapterModel.Initial;
        Func<Task> silent = () => CreateAsync(initial, null, new UpdateTerms());
        await silent.Should().ThrowAsync<ArgumentException>().WithMessage("*adapter terms*");

        ModelParameters mixed = Mixed();
        Func<Task> beside = () => CreateAsync(mixed, null, new UpdateTerms(adapters: AdapterTerms.FreezeA));
        await beside.Should().ThrowAsync<ArgumentException>().WithMessage("*averages nothing else*");
        await CreateAsync(mixed.As(AdapterLayout.Of(mixed.Layout).Layout), null, new UpdateTerms(adapters: AdapterTerms.FreezeA));

        Func<Task> none = () => CreateAsync(TestModel.Create(1), null, new UpdateTerms(adapters: AdapterTerms.NaiveAveraging));
        await none.Should().ThrowAsync<ArgumentException>().WithMessage("*no adapter*");
    }

    [Theory]
    [InlineData(AdapterMode.FreezeA)]
    [InlineData(AdapterMode.Alternating)]
    [InlineData(AdapterMode.NaiveAveraging)]
    public async Task Job_WithAdaptersInClear_IsRefusedUnlessTheTermsSayInsecure(AdapterMode mode)
    {
        AdapterTerms terms = AdapterFederationTests.TermsOf(mode);
        Func<Task> clear = () => CreateAsync(AdapterModel.Initial, AdapterModel.PartlyClear, new UpdateTerms(UpdateKind.Difference, adapters: terms));
        await clear.Should().ThrowAsync<ArgumentException>().WithMessage("*encrypted whole*");
        await CreateAsync(
            AdapterModel.Initial, AdapterModel.PartlyClear, new UpdateTerms(UpdateKind.Difference, adapters: terms with { InsecureAllowsClearValues = true }));
    }

    [Theory]
    [InlineData("m.lora_embedding_A", "m.lora_embedding_B")]
    [InlineData("m.lora_A", "m.lora_B")]
    [InlineData("m.lora_A.weight", "m.lora_magnitude_vector")]
    public async Task Job_OfAdaptersThatAreNoPairs_IsForNaiveAveragesOnly(string one, string two)
    {
        ModelParameters model = Of(one, two);
        Func<Task> silent = () => CreateAsync(model, null, new UpdateTerms());
        await silent.Should().ThrowAsync<ArgumentException>().WithMessage("*NaiveAveraging*");
        Func<Task> halves = () => CreateAsync(model, null, new UpdateTerms(adapters: AdapterTerms.FreezeA));
        await halves.Should().ThrowAsync<ArgumentException>().WithMessage($"*{one}*");
        await CreateAsync(model, null, new UpdateTerms(adapters: AdapterTerms.NaiveAveraging));
        Func<Task> clear = () => CreateAsync(model, EncryptionMask.Layers(model.Layout, one), new UpdateTerms(adapters: AdapterTerms.NaiveAveraging));
        await clear.Should().ThrowAsync<ArgumentException>().WithMessage("*encrypted whole*");
        Func<Task> beside = () => CreateAsync(Of(one, "head.weight"), null, new UpdateTerms(adapters: AdapterTerms.NaiveAveraging));
        await beside.Should().ThrowAsync<ArgumentException>().WithMessage("*averages nothing else*");
    }

    [Fact]
    public async Task Job_OfNamesThatOnlyBeginLikeAnAdapters_NeedsNoTerms() => await CreateAsync(Of("lora_encoder.fc.weight", "m.lora_Alpha"), null, new UpdateTerms());

    [Fact]
    public async Task Job_OfAdaptersBesidePersonalOnes_IsCreated()
    {
        var layout = new ModelLayout(
            [.. AdapterModel.Layout.Tensors, TensorSpec.Local("q.lora_A.own.weight", ElementType.Float64, [1, 5]), TensorSpec.Local("q.lora_B.own.weight", ElementType.Float64, [3, 1])]);
        ModelParameters model = Build(layout, name => name.Contains("own", StringComparison.Ordinal) ? new double[layout[name].ElementCount] : AdapterModel.Initial.Get<double>(name));
        await CreateAsync(model, null, new UpdateTerms(UpdateKind.Difference, adapters: AdapterTerms.Alternating));
    }

    [Fact]
    public async Task Plan_OfHalvesWithOtherBounds_HasTheLargestErrorOfBothKindsOfRounds()
    {
        var layout = new ModelLayout(
            new TensorSpec("m.lora_A.weight", ElementType.Float64, [2, 5], 64), new TensorSpec("m.lora_B.weight", ElementType.Float64, [5, 2], 1));
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            Scheme = "ckks",
            Model = Build(layout, name => new double[layout[name].ElementCount]),
            Update = new UpdateTerms(UpdateKind.Difference, adapters: AdapterTerms.Alternating),
        });
        FederationPlan plan = bench.Server.Plan;
        plan.LargestErrorBound.Should().Be(plan.AggregationOf(2).ErrorBounds.Max()).And.BeGreaterThan(plan.AggregationOf(1).ErrorBounds.Max());
        plan.SmallestPrecisionBits.Should().Be(Math.Min(plan.AggregationOf(1).PrecisionBits, plan.AggregationOf(2).PrecisionBits));
    }

    [Fact]
    public async Task Parties_OfAdaptersInClear_RefuseTheJobUnlessTheyAllowIt()
    {
        using TestBench clear = await BenchAsync(AdapterModel.PartlyClear, allowsClear: true);
        using TestBench whole = await BenchAsync(mask: null, allowsClear: true);
        var strict = new FederationSafety();
        Action server = () => new FederationServer(clear.ServerSetup with { Safety = strict }).Dispose();
        Action client = () => _ = new FederationClient(clear.ClientSetup(0) with { Safety = strict });
        server.Should().Throw<InsecureFederationException>().WithMessage("*adapters*in clear*AllowInsecure*");
        client.Should().Throw<InsecureFederationException>().WithMessage("*adapters*in clear*AllowInsecure*");
        new FederationServer(whole.ServerSetup with { Safety = strict }).Dispose();
        _ = new FederationClient(whole.ClientSetup(0) with { Safety = strict });
        clear.Server.Plan.Remarks.Should().ContainMatch("10 of 25 values of adapters travel in clear*");
        whole.Server.Plan.Remarks.Should().NotContainMatch("*in clear*");

        static Task<TestBench> BenchAsync(EncryptionMask? mask, bool allowsClear) => TestBench.CreateAsync(new BenchOptions
        {
            Scheme = "ckks",
            Model = AdapterModel.Initial,
            Mask = mask,
            Update = new UpdateTerms(UpdateKind.Difference, adapters: AdapterTerms.Alternating with { InsecureAllowsClearValues = allowsClear }),
        });
    }

    [Fact]
    public async Task Job_OfAdapters_IsReadFromItsBytes_AndNotWhereATensorIsNoPartner()
    {
        using TestBench bench = await AdapterFederationTests.BenchAsync(JobProtection.RoundKeys, AdapterMode.Alternating);
        var bytes = new ArrayBufferWriter<byte>();
        bench.Job.WriteTo(bytes);
        var limits = new WireLimits(1 << 20, 1 << 20);
        FederationJob.TryRead(bytes.WrittenSpan, bench.Context.ParametersId, limits, out FederationJob? read, out _).Should().BeTrue();
        read!.Digest.Should().Be(bench.Job.Digest);
        read.UploadTermsOf(1).Layout.ParameterCount.Should().Be(10);
        read.UploadTermsOf(2).Layout.ParameterCount.Should().Be(15);

        byte[] hostile = bytes.WrittenSpan.ToArray();
        int name = hostile.AsSpan().IndexOf("v.lora_B"u8);
        Encoding.UTF8.GetBytes("w").CopyTo(hostile, name);
        FederationJob.TryRead(hostile, bench.Context.ParametersId, limits, out _, out FormatError reason).Should().BeFalse();
        reason.Should().NotBe(FormatError.None);
    }

    [Theory]
    [InlineData(JobProtection.Direct, AdapterMode.Alternating)]
    [InlineData(JobProtection.RoundKeys, AdapterMode.Alternating)]
    [InlineData(JobProtection.RoundKeys, AdapterMode.FreezeA)]
    public async Task Plan_OfEveryRound_IsAboveWhatTravelsInItByLittle(JobProtection protection, AdapterMode mode)
    {
        // Of many more values of A than of B, so that the rounds differ.
        ModelParameters model = Large(inputs: 6000, outputs: 600, rank: 4);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            Scheme = "plain",
            Protection = protection,
            Model = model,
            Rounds = 2,
            Update = new UpdateTerms(UpdateKind.Difference, adapters: AdapterFederationTests.TermsOf(mode)),
        });
        bench.Trainers.ForEach(trainer => trainer.Train = (global, _) => global);
        FederationPlan plan = bench.Server.Plan;
        var lengths = new Dictionary<(bool IsUpload, int Round), int>();
        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            Note(message.Bytes);
            foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
            {
                Note(answer);
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        lengths.Should().HaveCount(4);
        foreach (((bool isUpload, int round), int length) in lengths)
        {
            long planned = isUpload ? plan.UploadBytesOf(round) : plan.AggregateBytesOf(round);
            planned.Should().BeGreaterThan(length).And.BeLessThan(length + 2000);
            plan.AggregationOf(round).Terms.Digest.Should().Be(bench.Job.UploadTermsOf(round).Digest);
        }

        plan.LargestUploadBytes.Should().Be(Math.Max(plan.UploadBytesOf(1), plan.UploadBytesOf(2)));
        if (mode == AdapterMode.Alternating)
        {
            plan.UploadBytesOf(2).Should().BeGreaterThan(plan.UploadBytesOf(1) + 3000);
        }

        void Note(ReadOnlyMemory<byte> bytes)
        {
            switch (bench.Parse(bytes))
            {
                case Upload upload:
                    lengths[(true, upload.Slot.Round)] = bytes.Length;
                    break;
                case AggregateMessage aggregate:
                    lengths[(false, aggregate.Round)] = bytes.Length;
                    break;
            }
        }
    }

    [Fact]
    public async Task Upload_OfOneHalf_IsAboutHalfAsLong()
    {
        long one = await LongestAsync(AdapterTerms.Alternating);
        long both = await LongestAsync(AdapterTerms.NaiveAveraging);
        ((double)one / both).Should().BeInRange(0.45, 0.55);

        static async Task<long> LongestAsync(AdapterTerms adapters)
        {
            using TestBench bench = await TestBench.CreateAsync(new BenchOptions
            {
                Scheme = "ckks",
                Protection = JobProtection.RoundKeys,
                Model = Large(inputs: 40_000, outputs: 40_000, rank: 8),
                Update = new UpdateTerms(UpdateKind.Difference, adapters: adapters),
            });
            return bench.Server.Plan.LargestUploadBytes;
        }
    }

    private static async Task CreateAsync(ModelParameters model, EncryptionMask? mask, UpdateTerms update)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Model = model, Mask = mask, Update = update });
        bench.Job.Update.Should().Be(update);
    }

    private static ModelParameters Mixed()
    {
        var layout = new ModelLayout([.. AdapterModel.Layout.Tensors, new TensorSpec("head.weight", ElementType.Float64, [2], 1)]);
        return Build(layout, name => name == "head.weight" ? [0, 0] : AdapterModel.Initial.Get<double>(name));
    }

    private static ModelParameters Of(string one, string two)
    {
        var layout = new ModelLayout(new TensorSpec(one, ElementType.Float64, [2, 3, 1, 1], 1), new TensorSpec(two, ElementType.Float64, [3, 2], 1));
        return Build(layout, name => new double[layout[name].ElementCount]);
    }

    private static ModelParameters Build(ModelLayout layout, Values valuesOf)
    {
        var builder = ModelParameters.CreateBuilder(layout);
        foreach (TensorSpec tensor in layout.Tensors)
        {
            _ = tensor.ElementType == ElementType.Int64 ? builder.Set<long>(tensor.Name, [0]) : builder.Set(tensor.Name, valuesOf(tensor.Name));
        }

        return builder.Build();
    }

    private static ModelParameters Large(int inputs, int outputs, int rank)
    {
        var layout = new ModelLayout(
            new TensorSpec("m.lora_A.weight", ElementType.Float32, [rank, inputs], 1), new TensorSpec("m.lora_B.weight", ElementType.Float32, [outputs, rank], 1));
        return ModelParameters.CreateBuilder(layout)
            .Set<float>("m.lora_A.weight", new float[rank * inputs]).Set<float>("m.lora_B.weight", new float[outputs * rank]).Build();
    }
}
