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

    public ModelStore(string location, JobPackage package)
    {
        _folder = Path.Combine(location, "model");
        PartyFolder.CreatePrivate(_folder);
        string initial = Path.Combine(_folder, "round-000000.safetensors");
        ReadOnlySpan<byte> bytes = package.Model.Span;
        if (!File.Exists(initial) || !File.ReadAllBytes(initial).AsSpan().SequenceEqual(bytes))
        {
            AtomicFile.Replace(initial, bytes);
        }

        _checkpoint = SafetensorsCheckpoint.Open(initial);
        try
        {
            _template = SafetensorsModel.Match(_checkpoint, package.Job.Terms.Layout);
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

    /// <summary>The path of a client's newest model.</summary>
    public string PathOf(FederationClient client) => Path.Combine(_folder, NameOf(client.ModelRound, client.Release != ModelRelease.Unconfirmed));

    /// <summary>Writes a client's newest model where it is missing, under the name that it may have now.</summary>
    public void Keep(FederationClient client)
    {
        string path = PathOf(client);
        if (client.ModelRound == 0 || File.Exists(path))
        {
            return;
        }

        string unconfirmed = Path.Combine(_folder, NameOf(client.ModelRound, isConfirmed: false));
        Write(path, client.GlobalModel);
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
