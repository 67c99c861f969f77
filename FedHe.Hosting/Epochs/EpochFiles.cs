using System.Collections.Immutable;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.Epochs;

/// <summary>Epoch files are the epochs of a job as a party knows them: the certificates in its folder, each verified in the epoch before it whenever it is read.</summary>
internal sealed class EpochFiles
{
    private readonly PartyFolder _folder;
    private readonly FederationJob _first;
    private ImmutableList<EpochCertificate> _certificates = [];

    private EpochFiles(PartyFolder folder, FederationJob first) => (_folder, _first) = (folder, first);

    /// <summary>The number of the latest epoch that the party knows.</summary>
    public int Number => 1 + _certificates.Count;

    /// <summary>The job in the latest epoch.</summary>
    public FederationJob Job => Of(Number);

    /// <summary>The certificate of the latest epoch, or null in the first one.</summary>
    public EpochCertificate? Latest => _certificates.IsEmpty ? null : _certificates[^1];

    /// <summary>Returns the certificates up to an epoch that the party knows.</summary>
    public IEnumerable<EpochCertificate> UpTo(int epoch) => _certificates.Take(epoch - 1);

    /// <summary>Reads the certificates in a folder.</summary>
    /// <exception cref="HostingException">A certificate is damaged, or of another job.</exception>
    public static EpochFiles Read(PartyFolder folder, FederationJob first)
    {
        var epochs = new EpochFiles(folder, first);
        while (folder.TryRead(PartyFiles.CertificateOf(epochs.Number + 1)) is byte[] bytes)
        {
            try
            {
                epochs._certificates = epochs._certificates.Add(EpochCertificate.Read(epochs.Job, bytes));
            }
            catch (EpochRefusedException refused)
            {
                throw Throw.FileRefused(folder.PathOf(PartyFiles.CertificateOf(epochs.Number + 1)), refused);
            }
        }

        return epochs;
    }

    /// <summary>Returns the job in an epoch that the party knows.</summary>
    public FederationJob Of(int epoch) => epoch <= 1 ? _first : _certificates[epoch - 2].Job;

    /// <summary>Returns the job in the epoch of a round.</summary>
    public FederationJob OfRound(int round) => _certificates.FindLast(certificate => certificate.FirstRound <= round)?.Job ?? _first;

    /// <summary>Begins the next epoch. When the method returns, its certificate is on the disk.</summary>
    /// <param name="bytes">The certificate; untrusted.</param>
    /// <exception cref="EpochRefusedException">The bytes are no certificate of the next epoch.</exception>
    /// <exception cref="IOException">The certificate could not be written.</exception>
    public void Enter(ReadOnlyMemory<byte> bytes)
    {
        var certificate = EpochCertificate.Read(Job, bytes);
        _folder.Replace(PartyFiles.CertificateOf(certificate.Plan.Number), certificate.Bytes.Span);
        _certificates = _certificates.Add(certificate);
    }
}
