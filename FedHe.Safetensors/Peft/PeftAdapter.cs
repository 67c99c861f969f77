using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Models;

namespace FedHe.Safetensors.Peft;

/// <summary>
/// A PEFT adapter is a folder with <c>adapter_model.safetensors</c> and <c>adapter_config.json</c>, as PEFT writes for an adapter (LoRA), seen as a model that can be averaged.
/// </summary>
/// <example>
/// <code>
/// using PeftAdapter adapter = PeftAdapter.Open("adapter", bound: 4);
/// ModelParameters initial = adapter.Model.ReadParameters();      // adapter.Adapters.Layout is the layout of a job
/// ...
/// adapter.Write("averaged", average.Parameters);                 // the same files with the averages
/// </code>
/// </example>
public sealed class PeftAdapter : IDisposable
{
    /// <summary>The name of the file with the tensors.</summary>
    public const string ModelFileName = "adapter_model.safetensors";

    /// <summary>The name of the file with the configuration.</summary>
    public const string ConfigFileName = "adapter_config.json";

    private const string PickleFileName = "adapter_model.bin";

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    private readonly SafetensorsCheckpoint _checkpoint;

    private PeftAdapter(PeftConfig config, SafetensorsCheckpoint checkpoint, SafetensorsModel model)
    {
        _checkpoint = checkpoint;
        Config = config;
        Model = model;
        Adapters = Check(model.Layout, config);
    }

    /// <summary>The configuration.</summary>
    public PeftConfig Config { get; }

    /// <summary>The tensors, as a model whose values are read when they are asked for.</summary>
    public SafetensorsModel Model { get; }

    /// <summary>The adapters, with the layout of a job of them.</summary>
    public AdapterLayout Adapters { get; }

    /// <summary>Opens the folder of an adapter.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="bound">The clipping bound of every value: positive and finite, and more than any value of any client's adapter will have in magnitude.</param>
    /// <param name="access">The way to read the tensors.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <exception cref="SafetensorsException">
    /// A file is missing or refused, the adapter is of a kind that cannot be averaged, or the files disagree; the error says which, and the message what to do.
    /// </exception>
    /// <exception cref="ArgumentException">The bound is not positive and finite.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PeftAdapter Open(string folder, double bound, SafetensorsAccess access = SafetensorsAccess.Streamed, SafetensorsLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string tensors = Path.Combine(folder, ModelFileName);
        string settings = Path.Combine(folder, ConfigFileName);
        if (!File.Exists(tensors) || !File.Exists(settings))
        {
            throw File.Exists(Path.Combine(folder, PickleFileName)) && !File.Exists(tensors) ? Throw.AdapterIsPickled() : Throw.NoAdapter();
        }

        PeftConfig config = ReadConfig(settings);
        var checkpoint = SafetensorsCheckpoint.Open(tensors, access, limits);
        try
        {
            var model = SafetensorsModel.Describe(checkpoint, new SafetensorsModelOptions { Bound = bound });
            return model.Local.IsEmpty ? new PeftAdapter(config, checkpoint, model) : throw Throw.NotOfAdapter(model.Local[0].Name);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter to a new folder: the configuration byte for byte, and the tensors of the model in their own types.</summary>
    /// <param name="folder">The path of the folder, which must not exist and appears as a whole or not at all.</param>
    /// <param name="model">
    /// The model, of adapters alone whose ranks are the configuration's and whose tensors have the names of PEFT's files: <c>base_model.model.MODULE.lora_A.weight</c>.
    /// </param>
    /// <param name="config">The configuration.</param>
    /// <exception cref="SafetensorsException">The folder exists, a tensor has another name, or model and configuration disagree.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static void Save(string folder, ModelParameters model, PeftConfig config)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(config);
        RequireNamesOfFiles(Check(model.Layout, config));
        Create(folder, config, path => SafetensorsModel.Save(path, model, Metadata));
    }

    /// <summary>
    /// Writes the adapter with the values of another model to a new folder: the configuration and everything of the header byte for byte, and values rounded to the
    /// files' types, to the nearest with ties to even.
    /// </summary>
    /// <param name="folder">The path of the folder, which must not exist and appears as a whole or not at all.</param>
    /// <param name="values">The values; tensors are found by their names.</param>
    /// <exception cref="SafetensorsException">
    /// The folder exists, a tensor is missing or has another shape, or a value is not finite or beyond the range of its type in the file.
    /// </exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public void Write(string folder, IFlatModel values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Create(folder, Config, path => Model.Write(path, values));
    }

    /// <inheritdoc/>
    public void Dispose() => _checkpoint.Dispose();

    private static void Create(string folder, PeftConfig config, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Path.Exists(folder))
        {
            throw Throw.DestinationExists();
        }

        AtomicFile.CreateFolder(folder, path =>
        {
            write(Path.Combine(path, ModelFileName));
            AtomicFile.Create(Path.Combine(path, ConfigFileName), file => file.Write(config.Utf8Text.Span));
        });
    }

    private static PeftConfig ReadConfig(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (file.Length > PeftConfig.MaxBytes)
        {
            throw Throw.AdapterConfigTooLong(PeftConfig.MaxBytes);
        }

        var text = new byte[(int)file.Length];
        file.ReadExactly(text);
        return PeftConfig.Read(text);
    }

    /// <summary>Requires names that PEFT finds when it reads the files, because it goes on with an untrained adapter where it finds none.</summary>
    private static void RequireNamesOfFiles(AdapterLayout adapters)
    {
        if (adapters.Pairs.FirstOrDefault(pair => pair.Name != pair.Module || !pair.Module.StartsWith(PeftConfig.Wrapper, StringComparison.Ordinal)) is AdapterPair other)
        {
            throw Throw.AdapterNameOfNoFile(other.A.Name, PeftConfig.Wrapper);
        }
    }

    /// <summary>Holds tensors to adapters of the configuration's ranks, with nothing beside them.</summary>
    private static AdapterLayout Check(ModelLayout layout, PeftConfig config)
    {
        if (!AdapterLayout.TryFind(layout, out AdapterLayout? adapters, out string? fault))
        {
            throw Throw.AdapterUnlikeAnAdapter(fault);
        }

        HashSet<string> halves = [.. adapters.Pairs.SelectMany(pair => new[] { pair.A.Name, pair.B.Name })];
        if (layout.Tensors.FirstOrDefault(tensor => !halves.Contains(tensor.Name)) is TensorSpec other)
        {
            throw Throw.NotOfAdapter(other.Name);
        }

        config.RequireFewMatches(adapters.Pairs.Length);

        return adapters.Pairs.FirstOrDefault(pair => config.RankOf(pair) != pair.Rank) is AdapterPair misfit
            ? throw Throw.AdapterRank(misfit.A.Name, misfit.Rank, config.RankOf(misfit))
            : adapters;
    }
}
