using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>Fails closed: a job that protects nothing runs only where the options say so in their name.</summary>
internal static class InsecurityGuard
{
    public static void Check(HeParameters parameters, FederationJob job, bool allowInsecurePlain)
    {
        if (allowInsecurePlain)
        {
            return;
        }

        if (parameters.SecurityLevel == SecurityLevel.None)
        {
            throw new InsecureFederationException(
                $"The scheme '{parameters.SchemeName}' protects nothing under these parameters. Choose another, or allow it explicitly with AllowInsecurePlain.");
        }

        if (job.Terms.VectorLength == 0)
        {
            throw new InsecureFederationException(
                "The job's mask encrypts nothing. Choose another, or allow it explicitly with AllowInsecurePlain.");
        }
    }
}
