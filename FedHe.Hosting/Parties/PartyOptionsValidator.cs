using FedHe.Hosting.Certificates;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Parties;

/// <summary>A validator that refuses options of a party that could not work, and says what to write.</summary>
internal sealed class PartyOptionsValidator : IValidateOptions<FedHePartyOptions>
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(2);

    public ValidateOptionsResult Validate(string? name, FedHePartyOptions options)
    {
        List<string> faults = [.. AddressFaults(options), .. FileFaults(options)];
        if (options.LongPoll < TimeSpan.FromSeconds(1) || options.LongPoll > LongestPoll)
        {
            faults.Add("LongPoll must be from 1 second to 2 minutes.");
        }

        if (options.FirstRetry <= TimeSpan.Zero || options.LastRetry < options.FirstRetry)
        {
            faults.Add("FirstRetry must be positive, and LastRetry at least as long.");
        }

        if (!TransferHead.IsPossible(length: 1, options.ChunkLength))
        {
            faults.Add("ChunkLength must be a power of two from 4096 to 67108864.");
        }

        if (options.RequestLength is < TransferHead.MinChunkLength or > TransferHead.MaxChunkLength)
        {
            faults.Add("RequestLength must be from 4096 to 67108864.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.Select(fault => $"FedHe, {name}: {fault}"));
    }

    private static IEnumerable<string> AddressFaults(FedHePartyOptions options)
    {
        if (options.Server is not { IsAbsoluteUri: true } server || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
        {
            yield return "Server is missing or no address. Write the server's address with its path, such as https://server.example:8443/fedhe/v1.";
            yield break;
        }

        if (server.Scheme == Uri.UriSchemeHttp && !server.IsLoopback)
        {
            yield return "Server is an address without TLS on another machine. Write https.";
        }

        if (server.Scheme == Uri.UriSchemeHttp && (options.Certificate is not null || options.ServerKeys.Count > 0))
        {
            yield return "Certificate and ServerKeys mean nothing without TLS. Write https, or leave them out.";
        }
    }

    private static IEnumerable<string> FileFaults(FedHePartyOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Folder))
        {
            yield return "Folder is missing. Write the path of the party's folder.";
        }

        if (options.Certificate is string certificate && !File.Exists(certificate))
        {
            yield return "Certificate names a file that is not there. Write the path of the party's certificate in PEM.";
        }

        if (options.CertificateKey is not null && (options.Certificate is null || !File.Exists(options.CertificateKey)))
        {
            yield return "CertificateKey must name a file that is there, beside Certificate. Write the path of the certificate's private key in PEM.";
        }

        if (options.ServerKeys.Any(text => !CertificatePin.TryParse(text, out _)))
        {
            yield return "ServerKeys must be pins of 64 hexadecimal digits: SHA-256 of a certificate's SubjectPublicKeyInfo.";
        }
    }
}
