using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>A sum opener opens the sums in files that a state refers to, under the terms of their rounds.</summary>
/// <param name="setup">The setup of the server.</param>
/// <param name="protocol">The protocol of round keys, or null without them.</param>
/// <param name="folder">The folder of the sums.</param>
internal sealed class SumOpener(FederationServerSetup setup, RoundKeyProtocol? protocol, SumFolder folder)
{
    /// <summary>The folder of the sums.</summary>
    public SumFolder Folder => folder;

    /// <summary>Returns the bytes of a saved aggregate of a round.</summary>
    /// <param name="saved">What the state has of it.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="referenceWeight">The reference weight of its attempt; of no use without round keys.</param>
    /// <exception cref="StateRefusedException">The file is not there or another one, or the setup names no folder.</exception>
    public SumBytes Open(SavedSum saved, int round, long? referenceWeight)
        => folder.IsLookedAt && saved.File is not null ? SumBytes.Unopened(saved) : saved.Open(file => !folder.HasFiles ? throw new StateRefusedException(StateError.SumMissing)
            : protocol is null ? folder.OpenStored(file, setup.Context, setup.Job.UploadTermsOf(round), referenceWeight: null)
            : folder.OpenStored(file, protocol.In(round).Inner, protocol.In(round).Terms, referenceWeight));

    /// <summary>Returns the bytes of a saved aggregate behind its list, or null where it has none.</summary>
    public SumBytes? OpenListed(SavedSum saved)
    {
        if (saved.File is null)
        {
            return SumBytes.Of(saved.Bytes);
        }

        return VerifiableAggregate.BeginningOf(saved.Bytes) is ContributorList list ? Open(saved, list.Round, list.ReferenceWeight) : null;
    }
}
