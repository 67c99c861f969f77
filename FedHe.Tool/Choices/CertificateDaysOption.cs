using System.CommandLine;

namespace FedHe.Tool.Choices;

/// <summary>The option <c>--certificate-days</c>, after which a party needs another certificate.</summary>
internal static class CertificateDaysOption
{
    private const int Usual = 730;
    private const int Longest = 3650;

    public static Option<int> Create() => JobOptions.Ranged("--certificate-days", "Days for which the certificate is valid.", Usual, 1, Longest);
}
