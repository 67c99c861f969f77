using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// The epochs of a job as a party knows them: the certificates in its <c>state</c> folder, each of which is checked in the epoch before it
/// whenever it is read.
/// </summary>
internal sealed class EpochFiles
{
    private readonly string _state;
    private readonly FederationJob _first;
    private readonly List<EpochCertificate> _certificates = [];

    private EpochFiles(string location, FederationJob first) => (_state, _first) = (Path.Combine(location, "state"), first);

    /// <summary>The number of the latest epoch that the party knows.</summary>
    public int Number => 1 + _certificates.Count;

    /// <summary>The job in the latest epoch.</summary>
    public FederationJob Job => Of(Number);

    /// <summary>The certificate of the latest epoch, or null in the first one.</summary>
    public EpochCertificate? Latest => _certificates.Count == 0 ? null : _certificates[^1];

    /// <summary>The certificates of all epochs after the first one.</summary>
    public IReadOnlyList<EpochCertificate> Certificates => _certificates;

    /// <summary>The job in each epoch.</summary>
    public IEnumerable<FederationJob> Jobs => _certificates.Select(certificate => certificate.Job).Prepend(_first);

    /// <summary>Begins with the first epoch, for a party whose own state has the certificates.</summary>
    public static EpochFiles Begin(string location, FederationJob first) => new(location, first);

    /// <summary>Reads the certificates in a folder.</summary>
    public static EpochFiles Read(string location, FederationJob first)
    {
        EpochFiles epochs = Begin(location, first);
        for (string path = epochs.PathOf(2); File.Exists(path); path = epochs.PathOf(epochs.Number + 1))
        {
            if (epochs.TryAdd(File.ReadAllBytes(path)) is EpochError error)
            {
                throw ToolException.Refused(
                    $"{path} is damaged, or of another job ({error}). Put the file of this name in its place, from a backup or from the folder 'state' of the server or of another client: a certificate is "
                    + "public, and is checked here. Do not delete it: without it this party goes back to the epoch before, and refuses its saved round.");
            }
        }

        return epochs;
    }

    /// <summary>Returns the job in an epoch.</summary>
    public FederationJob Of(int number) => number <= 1 ? _first : _certificates[number - 2].Job;

    /// <summary>Returns the job in the epoch of a round.</summary>
    public FederationJob OfRound(int round) => _certificates.LastOrDefault(certificate => certificate.FirstRound <= round)?.Job ?? _first;

    /// <summary>Reads a plan of an epoch of the job, or returns null.</summary>
    public EpochPlan? ReadPlan(byte[]? bytes) => EpochPlan.TryRead(bytes, _first.Authority.ParametersId, out EpochPlan? plan, out _) ? plan : null;

    /// <summary>Reads the plan of the next epoch, or returns null.</summary>
    public EpochPlan? ReadNextPlan(byte[]? bytes) => ReadPlan(bytes) is EpochPlan plan && plan.Number == Number + 1 ? plan : null;

    /// <summary>Takes the certificate of the next epoch from untrusted bytes, without writing it, or returns the reason for a refusal.</summary>
    public EpochError? TryAdd(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            _certificates.Add(EpochCertificate.Read(Job, bytes));
            return null;
        }
        catch (EpochRefusedException refused)
        {
            return refused.Error;
        }
    }

    /// <summary>Takes certificates that follow one another, as far as they are later than what is known, and writes them.</summary>
    /// <param name="before">The number of the epoch before the first of them.</param>
    /// <param name="certificates">The certificates, which were checked where they come from.</param>
    public void Keep(int before, IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        bool isChanged = false;
        foreach (ReadOnlyMemory<byte> bytes in certificates.Skip(Number - before))
        {
            isChanged |= TryAdd(bytes) is null;
        }

        if (isChanged)
        {
            Write();
        }
    }

    /// <summary>Writes the certificates that are not in the folder.</summary>
    public void Write()
    {
        foreach (EpochCertificate certificate in _certificates.Where(certificate => !File.Exists(PathOf(certificate.Plan.Number))))
        {
            AtomicFile.Replace(PathOf(certificate.Plan.Number), certificate.Bytes.Span);
        }
    }

    private string PathOf(int epoch) => Path.Combine(_state, StateFiles.CertificateOf(epoch));
}
