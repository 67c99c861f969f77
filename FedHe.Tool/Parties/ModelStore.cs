using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>
/// The models of a client as safetensors files. A model that too few clients have confirmed has the word <c>unconfirmed</c> in its name, and
/// loses it when they have.
/// </summary>
internal sealed class ModelStore : IDisposable
{
    private readonly string _folder;
    private readonly SafetensorsCheckpoint _checkpoint;
    private readonly SafetensorsModel _template;

    public ModelStore(string location, ReadOnlySpan<byte> initialModel, ModelLayout layout)
    {
        _folder = Path.Combine(location, "model");
        PartyFolder.CreatePrivate(_folder);
        string initial = Path.Combine(_folder, "round-000000.safetensors");
        if (!File.Exists(initial) || !File.ReadAllBytes(initial).AsSpan().SequenceEqual(initialModel))
        {
            AtomicFile.Replace(initial, initialModel);
        }

        _checkpoint = SafetensorsCheckpoint.Open(initial);
        try
        {
            _template = SafetensorsModel.Match(_checkpoint, layout);
            Initial = _template.ReadParameters();
        }
        catch (SafetensorsException fault)
        {
            _checkpoint.Dispose();
            throw ToolException.Refused($"The job's initial model does not fit its description: {fault.Message}", fault);
        }
    }

    /// <summary>The model that all clients start from.</summary>
    public ModelParameters Initial { get; }

    /// <summary>The path of the model of a round.</summary>
    public string PathOf(int round, ModelRelease release) => Path.Combine(_folder, NameOf(round, release != ModelRelease.Unconfirmed));

    /// <summary>The path of a client's newest model.</summary>
    public string PathOf(FederationClient client) => PathOf(client.ModelRound, client.Release);

    /// <summary>Writes a client's newest model where it is missing, under the name that it may have now.</summary>
    public void Keep(FederationClient client) => Keep(client.ModelRound, client.Release, client.GlobalModel);

    /// <summary>Writes the model of a round where it is missing, under the name that it may have now.</summary>
    public void Keep(int round, ModelRelease release, ModelParameters model)
    {
        string path = PathOf(round, release);
        if (round == 0 || File.Exists(path))
        {
            return;
        }

        string unconfirmed = Path.Combine(_folder, NameOf(round, isConfirmed: false));
        Write(path, model);
        if (path != unconfirmed)
        {
            File.Delete(unconfirmed);
        }
    }

    /// <summary>Writes a model as a copy of the initial one with other values.</summary>
    public void Write(string path, ModelParameters model) => _template.Write(path, model);

    public void Dispose() => _checkpoint.Dispose();

    private static string NameOf(int round, bool isConfirmed) => isConfirmed ? $"round-{round:D6}.safetensors" : $"round-{round:D6}.unconfirmed.safetensors";
}
