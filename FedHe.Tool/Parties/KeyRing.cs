using FedHe.Crypto;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>A key ring holds a client's keys of the epoch that it began with, and of later epochs whose keys it was granted.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly List<ClientKeys> _later = [];

    private KeyRing(ClientKeys first) => First = first;

    public ClientKeys First { get; }

    public IReadOnlyList<ClientKeys> Later => _later;

    public static KeyRing Load(PartyFolder folder, FolderSecrets protector, JobPackage package, EpochFiles epochs)
    {
        int begun = folder.Notes.FirstEpoch;
        byte[] first = folder.ReadState(StateFiles.KeysOf(begun))
            ?? throw ToolException.TryAgain("The client has no keys of the job yet. Deliver the authority's answer, and run 'fedhe keys open'.");
        var ring = new KeyRing(package.Context is HeContext context ? ClientKeys.Load(first, protector, context) : ClientKeys.Load(first, protector, epochs.Of(begun)));
        try
        {
            for (int epoch = begun + 1; epoch <= epochs.Number; epoch++)
            {
                if (folder.ReadState(StateFiles.KeysOf(epoch)) is byte[] saved)
                {
                    ring._later.Add(ClientKeys.Load(saved, protector, epochs.Of(epoch)));
                }
            }

            return ring;
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>Deletes the keys of epochs before one whose sum the client has opened, and begins with that epoch from now on.</summary>
    /// <param name="folder">The folder of the client.</param>
    /// <param name="epochs">The epochs of the job.</param>
    /// <param name="modelRound">The round of the model in the saved state.</param>
    public static void Forget(PartyFolder folder, EpochFiles epochs, int modelRound)
    {
        int opened = epochs.OfRound(modelRound).EpochNumber;
        if (opened > folder.Notes.FirstEpoch && File.Exists(folder.StatePath(StateFiles.KeysOf(opened))))
        {
            folder.Note(notes => notes with { BegunEpoch = opened });
        }

        for (int epoch = 1; epoch < folder.Notes.FirstEpoch; epoch++)
        {
            File.Delete(folder.StatePath(StateFiles.KeysOf(epoch)));
        }
    }

    public void Dispose()
    {
        First.Dispose();
        _later.ForEach(keys => keys.Dispose());
    }
}
