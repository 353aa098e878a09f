package io.godwit.it.differential;

import java.util.List;

/**
 * What inputs are made of by mutation. Nothing here, mutated or not, starts a migration, ends a process or takes its time: two
 * servers that were sent the same stay in the same state.
 */
final class Corpus {
    private Corpus() {}

    static final List<String> REQUESTS = List.of(request("query-status", ""), request("query-migrate", ""),
            request("query-migrate-capabilities", ""), request("query-migrate-parameters", ""), request("stop", ""),
            request("cont", ""), request("query-fdsets", ""), request("query-jobs", ""), request("query-yank", ""),
            request("query-vcpu-dirty-limit", ""), request("query-colo-status", ""), request("query-name", ""),
            request("query-uuid", ""), request("query-target", ""), request("query-block", ""),
            request("query-named-block-nodes", ""), request("query-memory-size-summary", ""),
            request("migrate_cancel", ""),
            request("migrate-start-postcopy", ""), request("migrate-pause", ""), request("x-colo-lost-heartbeat", ""),
            request("query-dump", ""), request("query-migrationthreads", ""),
            request("migrate", "'uri':'defer','detach':true,'resume':false"),
            request("migrate", "'uri':'tcp:127.0.0.1'"),
            request("migrate", "'uri':'unix:'"), request("migrate", "'uri':'fd:'"),
            request("migrate", "'uri':'file:/nowhere/x,offset=q'"),
            request("migrate", "'uri':'a','channels':[{'channel-type':'main','addr':{'transport':'exec'}}]"),
            request("migrate", "'channels':[{'channel-type':'main','addr':{'transport':'exec'}}]"),
            request("migrate", "'channels':[{'channel-type':'main','addr':{'transport':'socket','type':'unix'}}]"),
            request("migrate-incoming", "'uri':'tcp:127.0.0.1:0','exit-on-error':false"),
            request("migrate-recover", "'uri':'unix:/nowhere/x'"),
            request("migrate-continue", "'state':'pre-switchover'"),
            request("migrate-set-capabilities",
                    "'capabilities':[{'capability':'xbzrle','state':true},{'capability':'events','state':false}]"),
            request("migrate-set-capabilities", "'capabilities':[{'capability':'postcopy-preempt','state':true}]"),
            request("migrate-set-capabilities",
                    "'capabilities':[{'capability':'mapped-ram','state':false},{'capability':'multifd','state':false}]"),
            request("migrate-set-capabilities", "'capabilities':[]"),
            request("migrate-set-parameters", "'max-bandwidth':1048576,'downtime-limit':300"),
            request("migrate-set-parameters", "'multifd-channels':4,'multifd-compression':'zlib','tls-creds':''"),
            request("migrate-set-parameters",
                    "'cpu-throttle-initial':30,'cpu-throttle-increment':5,'max-cpu-throttle':90"),
            request("migrate-set-parameters", "'xbzrle-cache-size':65536,'direct-io':false,'mode':'normal'"),
            request("migrate-set-parameters", "'announce-initial':50,'announce-max':550,'announce-rounds':5"),
            request("migrate-set-parameters",
                    "'block-bitmap-mapping':[{'node-name':'a','alias':'b','bitmaps':[{'name':'c','alias':'d'}]}]"),
            request("migrate-set-parameters",
                    "'zero-page-detection':'multifd','vcpu-dirty-limit':10,'tls-hostname':null"),
            request("getfd", "'fdname':'x'"), request("closefd", "'fdname':'x'"), request("add-fd", "'fdset-id':300"),
            request("remove-fd", "'fdset-id':300,'fd':300"), request("yank", "'instances':[{'type':'migration'}]"),
            request("yank", "'instances':[]"), request("job-cancel", "'id':'x'"), request("job-pause", "'id':'x'"),
            request("job-dismiss", "'id':'x'"), request("calc-dirty-rate", "'calc-time':0"),
            request("calc-dirty-rate",
                    "'calc-time':61,'calc-time-unit':'second','sample-pages':512,'mode':'dirty-ring'"),
            request("set-vcpu-dirty-limit", "'dirty-rate':300,'cpu-index':0"),
            request("cancel-vcpu-dirty-limit", "'cpu-index':0"),
            request("announce-self", "'initial':0,'max':0,'rounds':0,'step':0,'interfaces':['x'],'id':'y'"),
            request("client_migrate_info", "'protocol':'spice','hostname':'h','port':300"),
            request("blockdev-del", "'node-name':'x'"), request("blockdev-set-active", "'active':true"),
            request("block-job-cancel", "'device':'x'"), request("transaction", "'actions':[]"),
            request("transaction",
                    "'actions':[{'type':'abort','data':{}}],'properties':{'completion-mode':'individual'}"),
            request("transaction",
                    "'actions':[{'type':'block-dirty-bitmap-add','data':{'node':'x','name':'y'}},{'type':'abort','data':{}}]"),
            request("block-dirty-bitmap-add", "'node':'x','name':'y','granularity':65536"),
            request("block-dirty-bitmap-clear", "'node':'x','name':'y'"),
            request("blockdev-snapshot-sync", "'node-name':'x','snapshot-file':'/nowhere/x','mode':'absolute-paths'"),
            request("qmp_capabilities", "'enable':['oob']"), request("no-such-command", "'x':1"),
            "{'exec-oob':'query-yank','id':1}", "{'id':{'a':[1,2.5,null,true,'\\u00e9']}}", "[1,2,{}]", "'text'", "12 ",
            "{'execute':'stop','execute':'stop'}", "{'execute':'stop','more':1}", "{\"execute\":\"st\\u006fp\"}");

    static final List<String> LINES = List.of("info migrate", "info migrate_capabilities", "info migrate_parameters",
            "info status", "info name", "info uuid", "info memory_size_summary", "info vcpu_dirty_limit", "stop",
            "cont",
            "s", "c", "migrate -d carrier:pigeon", "migrate -d -r \"carrier:pigeon\"", "migrate tcp:127.0.0.1",
            "migrate",
            "migrate_incoming tcp:127.0.0.1:0", "migrate_cancel", "migrate_pause", "migrate_start_postcopy",
            "migrate_recover carrier:pigeon", "migrate_continue pre-switchover", "migrate_set_capability xbzrle on",
            "migrate_set_capability events off", "migrate_set_capability postcopy-preempt on",
            "migrate_set_parameter max-bandwidth 12M", "migrate_set_parameter downtime-limit 300",
            "migrate_set_parameter multifd-channels 4", "migrate_set_parameter cpu-throttle-initial 30",
            "migrate_set_parameter multifd-compression zlib", "migrate_set_parameter direct-io off",
            "migrate_set_parameter cpu-throttle-tailslow on", "migrate_set_parameter xbzrle-cache-size 64k",
            "migrate_set_parameter tls-hostname \"a b\"", "migrate_set_parameter announce-initial 50",
            "migrate_set_parameter avail-switchover-bandwidth 1.5G",
            "migrate_set_parameter max-postcopy-bandwidth 4096",
            "migrate_set_parameter block-bitmap-mapping x", "migrate_set_parameter mode normal",
            "migrate_set_parameter zero-page-detection legacy", "migrate_set_parameter vcpu-dirty-limit 5",
            "cancel_vcpu_dirty_limit", "set_vcpu_dirty_limit 300", "help nothing", "info nothing", "nothing at all");

    private static String request(String command, String arguments) {
        return "{'execute':'" + command + "'" + (arguments.isEmpty() ? "" : ",'arguments':{" + arguments + "}")
                + ",'id':7}";
    }

}
