namespace PrivacyAuditSample;

/// <summary>A session is what one command does.</summary>
internal interface ISession
{
    /// <summary>What to do after a session that was broken off, in one sentence.</summary>
    string GoOn { get; }

    /// <summary>Runs the session.</summary>
    /// <param name="cancellationToken">Breaks the session off.</param>
    /// <returns>The exit code.</returns>
    int Run(CancellationToken cancellationToken);
}
