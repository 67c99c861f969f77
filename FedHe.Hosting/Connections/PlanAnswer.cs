namespace FedHe.Hosting.Connections;

/// <summary>A plan answer is what a server says to the plan of an epoch.</summary>
internal enum PlanAnswer
{
    /// <summary>The server has the plan, and proposes it.</summary>
    Taken,

    /// <summary>Members vote for another plan; this one may be brought later.</summary>
    Later,

    /// <summary>The plan is not the next one of the job, or the job has ended.</summary>
    Refused,
}
