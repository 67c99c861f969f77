using FedHe.Hosting.Certificates;
using FedHe.MLBridge.Identities;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>A validator that refuses options of a server that could not work, and says what to write.</summary>
internal sealed class ServerOptionsValidator : IValidateOptions<FedHeServerOptions>
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(2);

    public ValidateOptionsResult Validate(string? name, FedHeServerOptions options)
    {
        List<string> faults = [.. options.Jobs.SelectMany(job => JobFaults(job.Key, job.Value))];
        if (options.Jobs.Count == 0)
        {
            faults.Add("Jobs is empty. Name at least one job, with its Folder.");
        }

        if (options.LongPoll < TimeSpan.FromSeconds(1) || options.LongPoll > LongestPoll)
        {
            faults.Add("LongPoll must be from 1 second to 2 minutes.");
        }

        if (options.UnreachableAfter <= options.LongPoll)
        {
            faults.Add("UnreachableAfter must be longer than LongPoll, or clients that wait for messages count as unreachable.");
        }

        string?[] folders = [.. options.Jobs.Values.Select(job => job.Folder)];
        if (folders.Distinct(StringComparer.Ordinal).Count() < folders.Length)
        {
            faults.Add("Two jobs have the same Folder. Give each its own.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.Select(fault => $"FedHe, server: {fault}"));
    }

    private static IEnumerable<string> JobFaults(string name, FedHeJobOptions job)
    {
        if (string.IsNullOrWhiteSpace(job.Folder))
        {
            yield return $"Jobs:{name}:Folder is missing. Write the path of the server's folder for this job.";
        }

        foreach (string client in job.ClientKeys.Keys.Where(client => !ClientId.IsValid(client)))
        {
            yield return $"Jobs:{name}:ClientKeys names a client that cannot be on a roster. Names have 1 to 64 ASCII letters, digits, dots, hyphens and underscores.";
        }

        if (job.ClientKeys.Values.SelectMany(keys => keys).Concat(job.AuthorityKeys).Any(text => !CertificatePin.TryParse(text, out _)))
        {
            yield return $"Jobs:{name}: ClientKeys and AuthorityKeys must be pins of 64 hexadecimal digits: SHA-256 of a certificate's SubjectPublicKeyInfo.";
        }

        if (job.Bearer is not null && job.ClientKeys.Count + job.AuthorityKeys.Count > 0)
        {
            yield return $"Jobs:{name} has both pins and Bearer. Choose one: certificates or tokens.";
        }

        if (job.Bearer is { } bearer && (string.IsNullOrWhiteSpace(bearer.Policy) || string.IsNullOrWhiteSpace(bearer.Claim)))
        {
            yield return $"Jobs:{name}:Bearer needs Policy, the name of an authorization policy of the host, and Claim, the claim with the client's name.";
        }

        if (job.Bearer is { Authority: string authority } && string.IsNullOrWhiteSpace(authority))
        {
            yield return $"Jobs:{name}:Bearer:Authority is empty. Write the value of the authority's claim, or leave it out.";
        }

        if (job.AuthorityKeys.Count > 0 && job.ClientKeys.Count == 0)
        {
            yield return $"Jobs:{name} has AuthorityKeys and no ClientKeys. Name the pins of all clients.";
        }
    }
}
