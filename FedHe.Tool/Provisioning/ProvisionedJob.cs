using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Safetensors.Models;

namespace FedHe.Tool.Provisioning;

/// <summary>What was provisioned, for the report about it.</summary>
/// <param name="Job">The job.</param>
/// <param name="Keys">Who opens its sums.</param>
/// <param name="Plan">Its cost and precision.</param>
/// <param name="Model">What of the model is averaged. Its file is closed.</param>
internal sealed record ProvisionedJob(FederationJob Job, KeyPlan Keys, FederationPlan Plan, SafetensorsModel Model);
