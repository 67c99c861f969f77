using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Adapters;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Peft;

/// <summary>
/// A PEFT configuration is what <c>adapter_config.json</c> says of an adapter (LoRA): its rank, its scale and the modules that it belongs to. Fields that this class does not
/// know are kept.
/// </summary>
public sealed class PeftConfig
{
    /// <summary>The length of the longest configuration, in bytes: 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>What names of modules begin with in PEFT's files: PEFT wraps the base model twice.</summary>
    internal const string Wrapper = "base_model.model.";

    // 1000 patterns for 1000 modules, and little more.
    private const long MaxMatches = 1 << 20;

    private readonly byte[] _text;
    private readonly ModulePatterns<int> _ranks;
    private readonly ModulePatterns<double> _alphas;

    private PeftConfig(byte[] text, JsonElement root)
    {
        _text = text;
        PeftFields.Check(root);
        Rank = PeftFields.Count(root, "r");
        Alpha = PeftFields.Number(root, "lora_alpha");
        IsRankStabilized = PeftFields.Flag(root, "use_rslora");
        BaseModel = PeftFields.Text(root, "base_model_name_or_path");
        TargetModules = PeftFields.Names(root, "target_modules");
        _ranks = new ModulePatterns<int>("rank_pattern", PeftFields.Pattern(root, "rank_pattern", PeftFields.CountOf));
        _alphas = new ModulePatterns<double>("alpha_pattern", PeftFields.Pattern(root, "alpha_pattern", PeftFields.NumberOf));
    }

    /// <summary>The rank of adapters that no rank pattern names, at least 1: <c>r</c>.</summary>
    public int Rank { get; }

    /// <summary>The numerator of the scale of adapters that no alpha pattern names, positive: <c>lora_alpha</c>.</summary>
    public double Alpha { get; }

    /// <summary>Whether scales divide by the root of the rank, and not by the rank: <c>use_rslora</c>.</summary>
    public bool IsRankStabilized { get; }

    /// <summary>The name or path of the base model, or null: <c>base_model_name_or_path</c>. It comes from the file; nothing here opens it.</summary>
    public string? BaseModel { get; }

    /// <summary>The names of the modules, or one regular expression, that adapters were made for: <c>target_modules</c>.</summary>
    public ImmutableArray<string> TargetModules { get; }

    /// <summary>The bytes of the configuration, as they were read or made.</summary>
    public ReadOnlyMemory<byte> Utf8Text => _text;

    /// <summary>Reads a configuration.</summary>
    /// <param name="utf8">The bytes of <c>adapter_config.json</c>; untrusted.</param>
    /// <exception cref="SafetensorsException">
    /// The bytes are no configuration of an adapter (<see cref="SafetensorsError.AdapterConfig"/>), or of one that cannot be averaged (<see
    /// cref="SafetensorsError.AdapterNotSupported"/>): another type than LoRA, DoRA, whole modules, biases, or an initialization that changes the base model.
    /// </exception>
    public static PeftConfig Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
        {
            throw Throw.AdapterConfigTooLong(MaxBytes);
        }

        byte[] text = utf8.ToArray();
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object ? new PeftConfig(text, document.RootElement) : throw Throw.AdapterConfigNotJson();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Also names and texts that are none in Unicode, which are found when they are read.
            throw Throw.AdapterConfigNotJson(fault);
        }
    }

    /// <summary>Creates the configuration of an adapter that no PEFT program made.</summary>
    /// <param name="rank">The rank, at least 1.</param>
    /// <param name="alpha">The numerator of the scale, positive and finite.</param>
    /// <param name="targetModules">The names of the modules with adapters, at least one.</param>
    /// <param name="baseModel">The name or path of the base model, or null.</param>
    /// <exception cref="ArgumentException">A number is out of range, or no module is named.</exception>
    public static PeftConfig Create(int rank, double alpha, IEnumerable<string> targetModules, string? baseModel = null)
    {
        CheckScale(rank, alpha);
        ArgumentNullException.ThrowIfNull(targetModules);
        var modules = new JsonArray([.. targetModules.Order(StringComparer.Ordinal).Select(name => (JsonNode)JsonValue.Create(name))]);
        if (modules.Count == 0)
        {
            throw Throw.NoTargetModules(nameof(targetModules));
        }

        return Read(BytesOf(new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            ["base_model_name_or_path"] = baseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = NodeOf(alpha),
            ["lora_dropout"] = 0.0,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = rank,
            ["rank_pattern"] = new JsonObject(),
            ["target_modules"] = modules,
            ["task_type"] = null,
            ["use_dora"] = false,
            ["use_rslora"] = false,
        }));
    }

    /// <summary>
    /// Returns the configuration with one rank for all adapters, each of which keeps its scale, as after padding: padding changes no product, so that adapters compute
    /// what they computed. All other fields are as they were.
    /// </summary>
    /// <param name="rank">The rank, at least 1.</param>
    /// <param name="adapters">The adapters before padding, at least one.</param>
    /// <exception cref="ArgumentException">The rank is out of range, or there is no adapter.</exception>
    /// <exception cref="SafetensorsException">There are more adapters of unequal scales than an alpha pattern can name, or names that none can tell apart.</exception>
    public PeftConfig With(int rank, IEnumerable<AdapterPair> adapters)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        ArgumentNullException.ThrowIfNull(adapters);
        double divisor = DivisorOf(rank);
        (AdapterPair Pair, string Module, double Alpha)[] alphas = [.. adapters.Select(pair => (pair, ModuleOf(pair), ScaleOf(pair) * divisor))];
        if (alphas.Length == 0)
        {
            throw Throw.NoAdapters(nameof(adapters));
        }

        JsonObject root = RootWith(rank, alphas[0].Alpha);
        if (alphas.Any(one => one.Alpha != alphas[0].Alpha))
        {
            // The first entry that a name ends with counts, so longer names go first.
            root["alpha_pattern"] = new JsonObject(alphas.DistinctBy(one => one.Module).OrderByDescending(one => one.Module.Length)
                .Select(one => KeyValuePair.Create(one.Module, (JsonNode?)NodeOf(one.Alpha))));
        }

        PeftConfig config = Read(BytesOf(root));
        return alphas.FirstOrDefault(one => config.ScaleOf(one.Pair) != one.Alpha / divisor).Pair is AdapterPair other ? throw Throw.AdapterScale(other.Name) : config;
    }

    /// <summary>
    /// Returns the configuration with one rank and one scale for all adapters, such as a job's; all other fields are as they were. Adapters that had another scale, by a
    /// pattern or by their rank, compute something else afterwards: <see cref="With(int, IEnumerable{AdapterPair})"/> keeps scales.
    /// </summary>
    /// <param name="rank">The rank, at least 1.</param>
    /// <param name="alpha">The numerator of the scale, positive and finite.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public PeftConfig With(int rank, double alpha)
    {
        CheckScale(rank, alpha);
        return Read(BytesOf(RootWith(rank, alpha)));
    }

    /// <summary>Returns the rank that the configuration gives an adapter.</summary>
    /// <param name="pair">The adapter, as the files name it.</param>
    public int RankOf(AdapterPair pair) => _ranks.ValueOf(ModuleOf(pair)) ?? Rank;

    /// <summary>Returns the scale that the product of an adapter's factors is multiplied by.</summary>
    /// <param name="pair">The adapter, as the files name it.</param>
    public double ScaleOf(AdapterPair pair)
    {
        double alpha = _alphas.ValueOf(ModuleOf(pair)) ?? Alpha;
        return alpha / DivisorOf(RankOf(pair));
    }

    private double DivisorOf(int rank) => IsRankStabilized ? Math.Sqrt(rank) : rank;

    private JsonObject RootWith(int rank, double alpha)
    {
        JsonObject root = JsonNode.Parse(_text)!.AsObject();
        root["r"] = rank;
        root["lora_alpha"] = NodeOf(alpha);
        root["rank_pattern"] = new JsonObject();
        root["alpha_pattern"] = new JsonObject();
        return root;
    }

    /// <summary>Refuses a configuration whose patterns and adapters are too many to match each pattern with each adapter in a short time.</summary>
    internal void RequireFewMatches(int adapters)
    {
        if ((long)Math.Max(_ranks.Count, _alphas.Count) * adapters > MaxMatches)
        {
            throw Throw.AdapterConfig(_ranks.Count >= _alphas.Count ? "rank_pattern" : "alpha_pattern", $"has too many entries for {adapters} adapters. Give most of them the same rank and alpha.");
        }
    }

    private static string ModuleOf(AdapterPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        return pair.Module.StartsWith(Wrapper, StringComparison.Ordinal) ? pair.Module[Wrapper.Length..] : pair.Module;
    }

    private static void CheckScale(int rank, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        if (!(alpha > 0) || !double.IsFinite(alpha))
        {
            throw Throw.BadBound(nameof(alpha));
        }
    }

    // PEFT writes whole numbers without a point.
    private static JsonValue NodeOf(double alpha)
        => alpha is >= 1 and <= int.MaxValue && double.IsInteger(alpha) ? JsonValue.Create(int.CreateChecked(alpha)) : JsonValue.Create(alpha);

    private static byte[] BytesOf(JsonObject root)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            root.WriteTo(writer);
        }

        return bytes.WrittenSpan.ToArray();
    }
}
