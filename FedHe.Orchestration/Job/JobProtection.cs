namespace FedHe.Orchestration.Job;

/// <summary>A job protection says what the models of a job are encrypted under. The numeric values are part of the wire format.</summary>
public enum JobProtection
{
    /// <summary>
    /// Every upload is encrypted under a key of its own, the job's key protects only these keys, and clients verify every
    /// sum before they open it. This is the protection of every job that asks for nothing else.
    /// </summary>
    RoundKeys = 1,

    /// <summary>
    /// Uploads are encrypted directly under the job's long-lived key, as in the paper. Clients believe the server, and
    /// nobody without the secret key may see a decrypted model. This protection serves Microsoft SEAL's other programs,
    /// whose parties do not know round keys.
    /// </summary>
    Direct = 2,
}
