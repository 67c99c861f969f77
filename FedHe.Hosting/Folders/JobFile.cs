using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.Folders;

/// <summary>A job file is the description of a job in the folder of a party.</summary>
public static class JobFile
{
    private const int ParametersIdOffset = 8;

    // A party trusts its own job, whose model may have any number of values that its messages have room for.
    private static readonly WireLimits Limits = WireLimits.Default with { MaxValues = long.MaxValue };

    /// <summary>Reads the job of a party.</summary>
    /// <param name="folder">The folder of the party.</param>
    /// <returns>The job. Its server and clients refuse it where its parameters are not those that it must have.</returns>
    /// <exception cref="HostingException">The file is missing, or is no job.</exception>
    public static FederationJob Read(PartyFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Read(folder.PathOf(PartyFiles.Job));
    }

    /// <summary>Reads a job, also while a party works in its folder.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The job. Its server and clients refuse it where its parameters are not those that it must have.</returns>
    /// <exception cref="HostingException">The file is missing, or is no job.</exception>
    public static FederationJob Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : throw Throw.FileMissing(path, "it comes from whoever described the job, by a way that you trust.");
        if (bytes.Length < ParametersIdOffset + Digest.SizeInBytes)
        {
            throw Throw.FileRefused(path, inner: null);
        }

        var parametersId = new Digest(bytes.AsSpan(ParametersIdOffset, Digest.SizeInBytes));
        return FederationJob.TryRead(bytes, parametersId, Limits, out FederationJob? job, out FormatError _)
            ? job
            : throw Throw.FileRefused(path, inner: null);
    }
}
