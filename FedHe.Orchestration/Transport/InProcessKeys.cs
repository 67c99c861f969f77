using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Transport;

/// <summary>Settles who opens the sums of a federation within one process. Clients share a key only where the setup has its scheme.</summary>
internal static class InProcessKeys
{
    /// <summary>Returns the plan, or null where the setup itself names the members of the committee.</summary>
    /// <exception cref="ArgumentException">The setup contradicts itself, or has neither a committee nor the scheme of a key.</exception>
    public static KeyPlan? Settle(InProcessFederationSetup setup)
    {
        if (setup.Committee is not null)
        {
            return setup.Context is not null ? throw Throw.ContextOrCommittee(nameof(setup))
                : !setup.Keys.IsAutomatic ? throw Throw.CommitteeNamedTwice(nameof(setup))
                : null;
        }

        KeyPlan plan = setup.Keys.Settle(setup.Trainers.Count, setup.Protection, setup.Context?.Parameters.SchemeName);
        return plan.IsCommittee || setup.Context is not null ? plan : throw Throw.AuthorityNeedsContext(nameof(setup), plan.Reason);
    }
}
