using System.Text.Json.Nodes;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Peft;
using FedHe.Safetensors.Tests.Support;
using static FedHe.Safetensors.Tests.Peft.PeftFiles;

namespace FedHe.Safetensors.Tests.Peft;

public sealed class PeftAdapterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_FilesInPublishedLayout_HasPairsRanksAndScales()
    {
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        adapter.Adapters.Pairs.Select(pair => (pair.Name, pair.Rank, pair.Inputs, pair.Outputs)).Should().Equal(
            ($"{Module}.q_proj", 2, 3, 2), ($"{Module}.v_proj", 1, 3, 4));
        (adapter.Config.Rank, adapter.Config.Alpha, adapter.Config.BaseModel).Should().Be((2, 16, "example/small-model"));
        adapter.Config.TargetModules.Should().Equal("q_proj", "v_proj");
        adapter.Adapters.Pairs.Select(adapter.Config.ScaleOf).Should().Equal(8, 16);
        adapter.Model.ReadParameters().Get<float>($"{Module}.q_proj.lora_A.weight").ToArray().Should().Equal(0.5f, -1, 0.25f, 2, 0, 1);
        adapter.Adapters.Layout.Digest.Should().Be(adapter.Model.Layout.Digest, "there is nothing beside adapters");
    }

    [Fact]
    public void Write_WithItsOwnValues_GivesBothFilesBitForBit()
    {
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        string copy = _folder.PathOf("copy");
        adapter.Write(copy, adapter.Model.ReadParameters());
        File.ReadAllBytes(Path.Combine(copy, PeftAdapter.ModelFileName)).Should().Equal(Model);
        File.ReadAllText(Path.Combine(copy, PeftAdapter.ConfigFileName)).Should().Be(Config, "fields that nobody knows here stay");
        adapter.Invoking(one => one.Write(copy, one.Model)).Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.DestinationExists);
        Directory.GetFileSystemEntries(_folder.Location).Should().HaveCount(3, "nothing half written is left");
    }

    [Fact]
    public void Save_AdaptersOfPaddedRank_IsReadWithTheJobsRankAndKeepsUnknownFields()
    {
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        var job = new ModelLayout(adapter.Adapters.Layout.Tensors.Select(tensor => new TensorSpec(
            tensor.Name, tensor.ElementType, tensor.Name.Contains("lora_A", StringComparison.Ordinal) ? [3, tensor.Shape[1]] : [tensor.Shape[0], 3], 8)));
        string padded = _folder.PathOf("padded");
        PeftAdapter.Save(padded, AdapterRanks.Pad(adapter.Model.ReadParameters(), job), adapter.Config.With(rank: 3, adapter.Adapters.Pairs));
        using var read = PeftAdapter.Open(padded, bound: 8);
        read.Adapters.Pairs.Should().OnlyContain(pair => pair.Rank == 3);
        read.Adapters.Pairs.Select(read.Config.ScaleOf).Should().Equal(8, 16);
        adapter.Config.With(rank: 3, alpha: 24).ScaleOf(read.Adapters.Pairs[1]).Should().Be(8, "a job's one scale takes the place of all");
        JsonObject before = JsonNode.Parse(Config)!.AsObject();
        JsonObject after = JsonNode.Parse(read.Config.Utf8Text.Span)!.AsObject();
        after.Select(field => field.Key).Should().Equal(before.Select(field => field.Key));
        foreach ((string field, JsonNode? value) in before)
        {
            bool isChanged = field is "r" or "lora_alpha" or "rank_pattern" or "alpha_pattern";
            JsonNode.DeepEquals(after[field], value).Should().Be(!isChanged, field);
        }

        Action other = () => PeftAdapter.Save(_folder.PathOf("other"), AdapterRanks.Pad(adapter.Model.ReadParameters(), job), adapter.Config);
        other.Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.AdapterMismatch);
        Path.Exists(_folder.PathOf("other")).Should().BeFalse();
    }

    [Fact]
    public void Save_AnAdapterThatNoPeftProgramMade_IsReadAgain()
    {
        var layout = new ModelLayout(
            new TensorSpec("base_model.model.q.lora_A.weight", ElementType.Float32, [1, 2], 1), new TensorSpec("base_model.model.q.lora_B.weight", ElementType.Float32, [2, 1], 1));
        ModelParameters model = ModelParameters.CreateBuilder(layout)
            .Set<float>("base_model.model.q.lora_A.weight", [0.5f, -0.5f]).Set<float>("base_model.model.q.lora_B.weight", [0, 1]).Build();
        PeftAdapter.Save(_folder.PathOf("new"), model, PeftConfig.Create(rank: 1, alpha: 2, ["q"], "example/base"));
        using var read = PeftAdapter.Open(_folder.PathOf("new"), bound: 1);
        read.Model.ReadParameters().Get<float>("base_model.model.q.lora_B.weight").ToArray().Should().Equal(0, 1);
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder.PathOf("new"), PeftAdapter.ConfigFileName)))!.AsObject();
        config["peft_type"]!.GetValue<string>().Should().Be("LORA");
        config["r"]!.GetValue<int>().Should().Be(1);
        config["lora_alpha"]!.ToJsonString().Should().Be("2");
    }

    [Theory]
    [InlineData(false, true, "*no adapter here*")]
    [InlineData(true, false, "*no adapter here*")]
    [InlineData(false, true, "*adapter_model.bin*run code*", true)]
    public void Open_WithoutAFile_IsRefused(bool hasModel, bool hasConfig, string message, bool hasPickle = false)
    {
        Write(_folder);
        if (!hasModel)
        {
            File.Delete(_folder.PathOf(PeftAdapter.ModelFileName));
        }

        if (!hasConfig)
        {
            File.Delete(_folder.PathOf(PeftAdapter.ConfigFileName));
        }

        if (hasPickle)
        {
            _folder.Write("adapter_model.bin", "not read");
        }

        Action open = () => PeftAdapter.Open(_folder.Location, bound: 8).Dispose();
        open.Should().Throw<SafetensorsException>().WithMessage(message).Which.Error.Should().Be(SafetensorsError.NoAdapter);
    }

    [Fact]
    public void Open_TensorsOfOtherRanksOrBesideAdapters_IsRefusedByName()
    {
        (string, string, int[], byte[]) a = ($"{Module}.q_proj.lora_A.weight", "F32", [2, 1], Floats(0, 1));
        (string, string, int[], byte[]) b = ($"{Module}.q_proj.lora_B.weight", "F32", [1, 2], Floats(0, 1));
        Refuse(With("r", "4"), null).Should().Be(SafetensorsError.AdapterMismatch);
        Refuse(With("rank_pattern", """{"k_proj": 1}"""), null).Should().Be(SafetensorsError.AdapterMismatch);
        Refuse(null, ModelOf([a])).Should().Be(SafetensorsError.AdapterNotSupported);
        Refuse(null, ModelOf([a, b, ("base_model.model.score.weight", "F32", [1], Floats(1))])).Should().Be(SafetensorsError.AdapterNotSupported);
        Refuse(null, ModelOf([a, b, ("base_model.model.steps", "I64", [1], new byte[8])])).Should().Be(SafetensorsError.AdapterNotSupported);
        Refuse(null, ModelOf([a, b, ($"{Module}.q_proj.lora_magnitude_vector.weight", "F32", [1], Floats(1))])).Should().Be(SafetensorsError.AdapterNotSupported);
        using var fits = PeftAdapter.Open(Write(_folder, null, ModelOf([a, b])), bound: 8);
    }

    [Theory]
    [InlineData("v_proj", 1)]
    [InlineData("self_attn.v_proj", 1)]
    [InlineData(".*layers\\.0\\..*v_proj", 1)]
    [InlineData("^model.layers.0.self_attn.v_proj", 1)]
    [InlineData("_proj", 2)]
    [InlineData("v_proj.lora_A", 2)]
    public void RankPattern_OfAModule_FitsItsNameFromADotOn(string pattern, int rank)
    {
        PeftConfig config = PeftConfig.Read(System.Text.Encoding.UTF8.GetBytes(With("rank_pattern", new JsonObject { [pattern] = 1 }.ToJsonString())));
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        config.RankOf(adapter.Adapters.Pairs[1]).Should().Be(rank);
    }

    [Fact]
    public void ScaleOf_RankStabilizedAdapters_DividesByTheRoot()
    {
        PeftConfig config = PeftConfig.Read(System.Text.Encoding.UTF8.GetBytes(With("use_rslora", "true")));
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        config.ScaleOf(adapter.Adapters.Pairs[0]).Should().Be(16 / Math.Sqrt(2));
        config.ScaleOf(adapter.Adapters.Pairs[1]).Should().Be(16);
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"v_proj": 2.5, "self_attn.q_proj": 7}""", false)]
    [InlineData("""{"v_proj": 2.5}""", true)]
    public void With_TheAdaptersBeforePadding_KeepsEveryScale(string alphas, bool isRankStabilized)
    {
        JsonObject root = JsonNode.Parse(With("alpha_pattern", alphas))!.AsObject();
        root["use_rslora"] = isRankStabilized;
        using var adapter = PeftAdapter.Open(Write(_folder, root.ToJsonString()), bound: 8);
        PeftConfig padded = adapter.Config.With(rank: 4, adapter.Adapters.Pairs);
        foreach (AdapterPair pair in adapter.Adapters.Pairs)
        {
            padded.RankOf(pair).Should().Be(4);
            padded.ScaleOf(pair).Should().BeApproximately(adapter.Config.ScaleOf(pair), 1e-14 * adapter.Config.ScaleOf(pair), "two roundings");
        }
    }

    [Fact]
    public void With_NamesThatEndLikeOthers_KeepsTheScaleOfEach()
    {
        PeftConfig config = Read(With("alpha_pattern", """{"outer.q": 8, "q": 4}"""));
        AdapterPair[] pairs = [PairNamed("base_model.model.q"), PairNamed("base_model.model.outer.q"), PairNamed("base_model.model.other")];
        PeftConfig padded = config.With(rank: 8, pairs);
        pairs.Select(padded.ScaleOf).Should().Equal(2, 4, 8);
        config.Invoking(one => one.With(rank: 8, [])).Should().Throw<ArgumentException>();

        // As a pattern, a dot fits every character, so that none of these two names can go first.
        AdapterPair[] alike = [PairNamed("base_model.model.q.k"), PairNamed("base_model.model.q_k")];
        PeftConfig unlike = Read(With("alpha_pattern", """{"q_k": 4}"""));
        unlike.Invoking(one => one.With(rank: 8, alike)).Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.AdapterMismatch);

        static AdapterPair PairNamed(string module) => AdapterLayout.Of(PairOf(module, "", rank: 2).Layout).Pairs[0];
    }

    [Fact]
    public void Open_PatternsTimesAdaptersBeyondTheLimit_IsRefused()
    {
        (string, string, int[], byte[])[] tensors =
        [
            .. Enumerable.Range(0, 1100).SelectMany(i => new[] { "A", "B" }.Select(half => ($"{Module}.m{i}.lora_{half}.weight", "F32", new[] { 1, 1 }, Floats(0)))),
        ];
        Refuse(WithPatterns(1000), ModelOf(tensors)).Should().Be(SafetensorsError.AdapterConfig);
        using var fewer = PeftAdapter.Open(Write(_folder, WithPatterns(3), ModelOf(tensors)), bound: 1);

        static string WithPatterns(int count)
        {
            JsonObject root = JsonNode.Parse(With("rank_pattern", $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"n{i}\":1"))}}}"))!.AsObject();
            root["r"] = 1;
            return root.ToJsonString();
        }
    }

    [Fact]
    public void ScaleOf_AFractionOfAnAlphaPattern_IsRead()
    {
        PeftConfig config = Read(With("alpha_pattern", """{"q_proj": 0.5}"""));
        using var adapter = PeftAdapter.Open(Write(_folder), bound: 8);
        adapter.Adapters.Pairs.Select(config.ScaleOf).Should().Equal(0.25, 16);
    }

    [Fact]
    public void RankOf_APairWithTheNameOfAnAdapter_FitsTheNameOfItsModule()
    {
        PeftConfig config = Read(With("alpha_pattern", """{"v_proj": 4}"""));
        AdapterPair pair = AdapterLayout.Of(PairOf($"{Module}.v_proj", ".default", rank: 1).Layout).Pairs[0];
        (config.RankOf(pair), config.ScaleOf(pair)).Should().Be((1, 4));
    }

    [Theory]
    [InlineData("base_model.model.q", ".default")]
    [InlineData("q", "")]
    [InlineData("model.q", "")]
    public void Save_NamesThatPeftWouldNotFind_IsRefusedByName(string module, string adapter)
    {
        Action save = () => PeftAdapter.Save(_folder.PathOf("new"), PairOf(module, adapter, rank: 2), PeftConfig.Create(rank: 2, alpha: 2, ["q"]));
        save.Should().Throw<SafetensorsException>().WithMessage($"*'{module}.lora_A{adapter}.weight'*base_model.model.*").Which.Error.Should().Be(SafetensorsError.AdapterMismatch);
        Path.Exists(_folder.PathOf("new")).Should().BeFalse();
    }

    private static PeftConfig Read(string config) => PeftConfig.Read(System.Text.Encoding.UTF8.GetBytes(config));

    private static ModelParameters PairOf(string module, string adapter, int rank)
    {
        var layout = new ModelLayout(
            new TensorSpec($"{module}.lora_A{adapter}.weight", ElementType.Float32, [rank, 2], 1),
            new TensorSpec($"{module}.lora_B{adapter}.weight", ElementType.Float32, [2, rank], 1));
        return ModelParameters.CreateBuilder(layout)
            .Set<float>(layout.Tensors[0].Name, new float[rank * 2]).Set<float>(layout.Tensors[1].Name, new float[2 * rank]).Build();
    }

    private SafetensorsError Refuse(string? config, byte[]? model)
    {
        Action open = () => PeftAdapter.Open(Write(_folder, config, model), bound: 8).Dispose();
        return open.Should().Throw<SafetensorsException>().Which.Error;
    }
}
